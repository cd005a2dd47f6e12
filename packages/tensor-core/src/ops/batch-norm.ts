import {
  type BatchNormMode,
  batchNormForward,
  batchNormGradientMerge,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormPartials,
  batchNormStatistics,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { differentiable, needsGrad } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { layoutKey, toLayout } from './layout.ts';
import { requireFloats } from './operands.ts';
import { markMasked } from './rectified.ts';

export interface BatchNormOptions {
  /** gamma [C]: the scale. */
  readonly weight: Tensor;
  /** beta [C]: the shift. */
  readonly bias: Tensor;
  /** Running statistics [C]: read in evaluation, updated in place in training. */
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  /** True: normalise with the batch's own statistics and update the running ones. */
  readonly training: boolean;
  /** Share of a batch in the running statistics. */
  readonly momentum?: number;
  readonly eps?: number;
}

/**
 * y = (x - mean) / √(variance + eps) · weight + bias for each channel of an input [N,C,H,W] or [N,C].
 * In training, mean and (biased) variance are the batch's; the running ones take in the unbiased variance, as PyTorch's.
 * @throws RangeError in training if a channel has a single value, or if a parameter's size is not C.
 */
export function batchNorm(input: Tensor, options: BatchNormOptions): Tensor {
  const { weight, bias, runningMean, runningVar, training, momentum = 0.1, eps = 1e-5 } = options;
  const channels = input.shape[1];
  for (const [name, { shape }] of Object.entries({ weight, bias, runningMean, runningVar })) {
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new RangeError(
        `batchNorm: ${name} is [${shape}], but the input [${input.shape}] has ${channels} channels`,
      );
    }
  }
  requireFloats('batchNorm', [input, weight, bias, runningMean, runningVar]);
  const image = input.shape.length === 4;
  const x = toLayout(input, image ? imageLayout(input.shape) : rowMajor(input.shape));
  const { runtime, layout } = x;
  const { tuning } = runtime.device;
  const key = layoutKey(layout);
  const mode: BatchNormMode = training ? { statistics: 'batch' } : { statistics: 'running', eps };
  const spec = { x: layout, ...mode };
  const y = empty(runtime, layout);
  let statistics = [runningMean, runningVar];
  if (training) {
    const partials = runtime.scratch(batchNormPartials(layout));
    const perChannel = rowMajor([channels]);
    statistics = [empty(runtime, perChannel), empty(runtime, perChannel)];
    runtime.run(
      runtime.kernel(`batchNormStatistics ${key}`, () => batchNormStatistics({ x: layout }, tuning)),
      [x.storage, partials],
    );
    runtime.run(
      runtime.kernel(`batchNormMerge ${key} ${eps} ${momentum}`, () =>
        batchNormMerge({ x: layout, eps, momentum }, tuning),
      ),
      [partials, ...statistics.map(({ storage }) => storage), runningMean.storage, runningVar.storage],
    );
    runtime.release(partials);
  }
  const [mean, deviation] = statistics;
  runtime.run(
    runtime.kernel(`batchNormForward ${key} ${mode.statistics} ${eps}`, () => batchNormForward(spec, tuning)),
    [x.storage, mean.storage, deviation.storage, weight.storage, bias.storage, y.storage],
  );
  if (!needsGrad(x, weight, bias)) return y;

  return differentiable('batchNorm', y, [x, weight, bias], (dy, [xWanted, weightWanted, biasWanted]) => {
    const dWeight = empty(runtime, weight.layout);
    const dBias = empty(runtime, bias.layout);
    if (training || weightWanted || biasWanted) {
      const partials = runtime.scratch(batchNormPartials(layout));
      runtime.run(
        runtime.kernel(`batchNormGradientSums ${key} ${mode.statistics} ${eps}`, () =>
          batchNormGradientSums(spec, tuning),
        ),
        [dy.storage, x.storage, mean.storage, deviation.storage, partials],
      );
      runtime.run(
        runtime.kernel(`batchNormGradientMerge ${key}`, () => batchNormGradientMerge({ x: layout }, tuning)),
        [partials, dWeight.storage, dBias.storage],
      );
      runtime.release(partials);
    }
    if (!xWanted) return [null, dWeight, dBias];
    const dx = empty(runtime, layout);
    const operands = training
      ? [dy, x, mean, deviation, weight, dWeight, dBias, dx]
      : [dy, deviation, weight, dx];
    runtime.run(
      runtime.kernel(`batchNormInputGradient ${key} ${mode.statistics} ${eps} ${x.rectified}`, () =>
        batchNormInputGradient({ ...spec, rectifiedInput: x.rectified }, tuning),
      ),
      operands.map(({ storage }) => storage),
    );
    if (training && x.rectified) markMasked(dx);
    return [dx, dWeight, dBias];
  });
}
