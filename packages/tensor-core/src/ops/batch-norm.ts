import { atLeast0, checkOptions, flag, number, type OptionTable, required } from '@glassbox/options';
import {
  type BatchNormGradientSpec,
  type BatchNormMode,
  type BatchNormSpec,
  batchNormForward,
  batchNormGradientMerge,
  batchNormGradientPartials,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormPartials,
  batchNormStatistics,
  batchNormStatisticsLayout,
  imageLayout,
  type Kernel,
  type Layout,
  rowMajor,
  type Tuning,
} from '@glassbox/wgsl-kernels';
import { differentiable, needsGrad } from '../autograd.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, Tensor } from '../tensor.ts';
import { leaveChannelSum, wantsChannelSum } from './channel-sum.ts';
import { aTensor } from './kinds.ts';
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
  /** Follow with a ReLU in the same passes, forward and backward. Default false. */
  readonly relu?: boolean;
}

const optionNames: OptionTable<BatchNormOptions> = {
  weight: required(aTensor),
  bias: required(aTensor),
  runningMean: required(aTensor),
  runningVar: required(aTensor),
  training: required(flag),
  momentum: number,
  eps: atLeast0,
  relu: flag,
};

/**
 * y = (x - mean) / √(variance + eps) · weight + bias for each channel of an input [N,C,H,W] or [N,C], with `relu` max(y, 0).
 * In training, mean and (biased) variance are the batch's; the running ones take in the unbiased variance, as PyTorch's.
 * @throws RangeError in training if a channel has a single value, or if a parameter's size is not C.
 */
export function batchNorm(input: Tensor, options: BatchNormOptions): Tensor {
  requireFloats('batchNorm', [input]);
  requireChannels(input, options);
  const { weight, bias, training, eps = 1e-5, relu = false } = options;
  const image = input.shape.length === 4;
  const x = toLayout(input, image ? imageLayout(input.shape) : rowMajor(input.shape));
  const { runtime, layout } = x;
  const mode: BatchNormMode = training ? { statistics: 'batch' } : { statistics: 'running', eps };
  const spec = { x: layout, ...mode, relu };
  const y = empty(runtime, layout);
  const statistics = training ? [batchStatistics(x, options)] : [options.runningMean, options.runningVar];
  run(runtime, batchNormForward, spec, [x, ...statistics, weight, bias, y]);
  y.rectified = relu;
  if (!needsGrad(x, weight, bias)) return y;
  return differentiable('batchNorm', y, [x, weight, bias], (dy, wanted) =>
    batchNormGradients(spec, { dy, x, statistics, weight, bias }, wanted),
  );
}

interface Saved {
  readonly dy: Tensor;
  readonly x: Tensor;
  /** Mean and rstd of the batch, or the running mean and variance. */
  readonly statistics: readonly Tensor[];
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Gradients of x, weight and bias from that of batch norm's output. */
export function batchNormGradients(
  spec: BatchNormSpec,
  { dy, x, statistics, weight, bias }: Saved,
  [xWanted, weightWanted, biasWanted]: readonly boolean[],
): (Tensor | null)[] {
  const { runtime } = x;
  const training = spec.statistics === 'batch';
  const rectifiedInput = training && x.rectified;
  const dxSum = training && xWanted && wantsChannelSum(x) ? [empty(runtime, bias.layout)] : [];
  const full: BatchNormGradientSpec = { ...spec, rectifiedInput, inputSum: dxSum.length > 0 };
  const dWeight = empty(runtime, weight.layout);
  const dBias = empty(runtime, bias.layout);
  if (training || weightWanted || biasWanted) {
    const partials = runtime.scratch(batchNormGradientPartials(full));
    const affine = spec.relu ? [weight, bias] : [];
    const forSum = full.inputSum && rectifiedInput ? [...statistics, weight] : [];
    run(runtime, batchNormGradientSums, full, [dy, x, ...statistics, ...affine, partials]);
    run(runtime, batchNormGradientMerge, full, [partials, ...forSum, dWeight, dBias, ...dxSum]);
    runtime.release(partials);
  }
  if (!xWanted) return [null, dWeight, dBias];
  const dx = empty(runtime, x.layout);
  run(runtime, batchNormInputGradient, full, [
    dy,
    ...(training || spec.relu ? [x, ...statistics] : statistics.slice(1)),
    weight,
    ...(spec.relu ? [bias] : []),
    ...(training ? [dWeight, dBias] : []),
    dx,
  ]);
  if (rectifiedInput) markMasked(dx);
  for (const sum of dxSum) leaveChannelSum(dx, sum);
  return [dx, dWeight, dBias];
}

/** Mean and rstd [2,C] of a batch; the running statistics take them in. */
export function batchStatistics(
  x: Tensor,
  { runningMean, runningVar, momentum = 0.1, eps = 1e-5 }: BatchNormOptions,
) {
  const { runtime, layout } = x;
  const partials = runtime.scratch(batchNormPartials(layout));
  const statistics = empty(runtime, batchNormStatisticsLayout(layout));
  run(runtime, batchNormStatistics, { x: layout }, [x, partials]);
  run(runtime, batchNormMerge, { x: layout, eps, momentum }, [partials, statistics, runningMean, runningVar]);
  runtime.release(partials);
  return statistics;
}

/** Runs one of batch norm's kernels, which it builds once for each spec. */
function run<S extends { readonly x: Layout }>(
  runtime: Runtime,
  build: (spec: S, tuning: Tuning) => Kernel,
  spec: S,
  operands: readonly (Tensor | Storage)[],
): void {
  const { x, ...choices } = spec;
  const kernel = runtime.kernel(`${build.name} ${layoutKey(x)} ${JSON.stringify(choices)}`, () =>
    build(spec, runtime.tuning),
  );
  runtime.run(
    kernel,
    operands.map((operand) => (operand instanceof Tensor ? operand.storage : operand)),
  );
}

/** @throws RangeError if a parameter's size is not the number of channels, `input.shape[1]`. */
export function requireChannels(
  input: { readonly shape: readonly number[] },
  options: BatchNormOptions,
): void {
  checkOptions('batchNorm', options, optionNames);
  const { weight, bias, runningMean, runningVar } = options;
  const channels = input.shape[1];
  for (const [name, { shape }] of Object.entries({ weight, bias, runningMean, runningVar })) {
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new RangeError(
        `batchNorm: ${name} is [${shape}], but the input [${input.shape}] has ${channels} channels`,
      );
    }
  }
  requireFloats('batchNorm', [weight, bias, runningMean, runningVar]);
}
