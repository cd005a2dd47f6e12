import {
  atLeast0,
  checkOptions,
  flag,
  type Kind,
  number,
  type OptionTable,
  required,
} from '@glassbox/options';
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
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { type BackwardFunction, KnownGradient, type WantedFacts } from '../../graph.ts';
import { full } from '../../primitives/fill.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { aTensor } from '../kinds.ts';

/** What batch normalisation reads, updates and adds. */
export interface BatchNormOptions {
  /** The scale, [C]; 1 if there is none. */
  readonly weight?: Tensor | null;
  /** The shift, [C]; 0 if there is none. */
  readonly bias?: Tensor | null;
  /** Running statistics [C]: read in evaluation, updated in place in training. None need be there in training. */
  readonly runningMean?: Tensor | null;
  /** Running variance [C], as `runningMean`. */
  readonly runningVar?: Tensor | null;
  /** True: normalise with the batch's own statistics and update the running ones. */
  readonly training: boolean;
  /** Share of a batch in the running statistics. Default 0.1. A tensor [1] may change from step to step. */
  readonly momentum?: number | Tensor;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const tensorOrNull: Kind = {
  what: 'a tensor or null',
  fits: (value) => value === null || aTensor.fits(value),
};
const optionNames: OptionTable<BatchNormOptions> = {
  weight: tensorOrNull,
  bias: tensorOrNull,
  runningMean: tensorOrNull,
  runningVar: tensorOrNull,
  training: required(flag),
  momentum: { what: 'a number or a tensor', fits: (value) => number.fits(value) || aTensor.fits(value) },
  eps: atLeast0,
};

/**
 * y = (x - mean) / √(variance + eps) · weight + bias for each channel of an input [N,C,H,W] or [N,C]. In training, mean
 * and (biased) variance are the batch's; the running ones take in the unbiased variance, as PyTorch's.
 * @throws RangeError in training if a channel has a single value, or if a parameter's size is not C.
 */
export function batchNorm(input: Tensor, options: BatchNormOptions): Tensor {
  const { inputs, forward, gradients } = batchNormParts(input, options);
  return differentiable('batchNorm', forward(), inputs, gradients());
}

/** What may come after batch norm in its kernels. */
type End = Pick<BatchNormSpec, 'relu'>;

/** What `batchNorm` is made of, for the fusions that it is part of. The batch's statistics are computed here. */
export function batchNormParts(input: Tensor, options: BatchNormOptions) {
  requireFloats('batchNorm', [input]);
  requireChannels(input, options);
  const { training, eps = 1e-5 } = options;
  const { weight, bias } = affineOf(input, input.shape[1], options);
  const image = input.shape.length === 4;
  const x = toLayout(input, image ? imageLayout(input.shape) : rowMajor(input.shape));
  const { runtime, layout } = x;
  const mode: BatchNormMode = training ? { statistics: 'batch' } : { statistics: 'running', eps };
  const statistics = training ? batchStatistics(x, options) : runningStatistics(options);
  const operands = { x, ...statistics, weight, bias };
  return {
    mode,
    operands,
    inputs: [x, weight, bias],
    forward(end: End = {}): Tensor {
      const y = empty(runtime, layout);
      launch(batchNormForward, [{ x: layout, ...mode, ...end }], { ...operands, y });
      return y;
    },
    /** The gradient rule, for the result after `end`. */
    gradients(end: End = {}): BackwardFunction<Tensor> {
      const spec = { x: layout, ...mode, ...end };
      return (dy, wanted, { wantedFacts: [facts = {}] }) =>
        batchNormGradients(spec, { dy, x, statistics, weight, bias }, wanted, facts);
    },
  };
}

/** Mean and rstd [2,C] of the batch, or the running mean and variance, under the names that kernels give them. */
type Statistics =
  | { readonly statistics: Tensor }
  | { readonly runningMean: Tensor; readonly runningVariance: Tensor };

interface Saved {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly statistics: Statistics;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Gradients of x, weight and bias from that of batch norm's output. */
function batchNormGradients(
  spec: BatchNormSpec,
  { dy, x, statistics, weight, bias }: Saved,
  [xWanted, weightWanted, biasWanted]: readonly boolean[],
  facts: WantedFacts,
): (Tensor | KnownGradient<Tensor> | null)[] {
  const { runtime } = x;
  const training = spec.statistics === 'batch';
  const masked = training && facts.masked === true;
  const dxSum = training && xWanted && facts.channelSum ? empty(runtime, bias.layout) : null;
  const full: BatchNormGradientSpec = { ...spec, reluBefore: masked, inputSum: dxSum !== null };
  const dWeight = empty(runtime, weight.layout);
  const dBias = empty(runtime, bias.layout);
  if (training || weightWanted || biasWanted) {
    const partials = runtime.scratch(batchNormGradientPartials(full));
    const affine = spec.relu ? { weight, bias } : {};
    const forSum = full.inputSum && masked ? { ...statistics, weight } : {};
    launch(batchNormGradientSums, [full], { dy, x, ...statistics, ...affine, partials });
    launch(batchNormGradientMerge, [full], { partials, ...forSum, dWeight, dBias, dxSum });
    runtime.release(partials);
  }
  if (!xWanted) return [null, dWeight, dBias];
  const dx = empty(runtime, x.layout);
  // A batch's statistics depend on x; running ones are constants, and without a ReLU x and its mean are not needed.
  const centred = training || spec.relu;
  launch(batchNormInputGradient, [full], {
    dy,
    ...(centred ? { x, ...statistics } : { ...statistics, runningMean: null }),
    weight,
    bias: spec.relu ? bias : null,
    ...(training ? { dWeight, dBias } : {}),
    dx,
  });
  return [new KnownGradient(dx, { masked, channelSum: dxSum ?? undefined }), dWeight, dBias];
}

/** Mean and rstd [2,C] of a batch; the running statistics take them in, if there are any. */
function batchStatistics(
  x: Tensor,
  { runningMean, runningVar, momentum = 0.1, eps = 1e-5 }: BatchNormOptions,
): Statistics {
  const isGiven = runningMean && typeof momentum !== 'number';
  const share = !runningMean ? null : typeof momentum === 'number' ? momentum : 'given';
  const { runtime, layout } = x;
  const partials = runtime.scratch(batchNormPartials(layout));
  const statistics = empty(runtime, batchNormStatisticsLayout(layout));
  launch(batchNormStatistics, [{ x: layout }], { x, partials });
  launch(batchNormMerge, [{ x: layout, eps, momentum: share }], {
    partials,
    statistics,
    runningMean,
    runningVariance: runningVar,
    momentum: isGiven ? momentum : null,
  });
  runtime.release(partials);
  return { statistics };
}

/** The running mean and variance, for evaluation. @throws RangeError if there are none. */
export function runningStatistics({ runningMean, runningVar }: BatchNormOptions) {
  if (!runningMean || !runningVar) {
    throw new RangeError(
      'batchNorm: without running statistics only `training: true` can normalise, with those of the batch',
    );
  }
  return { runningMean, runningVariance: runningVar };
}

/** Scale and shift of each channel, constants where none are given. */
export function affineOf(
  { runtime }: Tensor,
  channels: number,
  { weight, bias }: BatchNormOptions,
): { readonly weight: Tensor; readonly bias: Tensor } {
  return {
    weight: weight ?? full(runtime, [channels], 1),
    bias: bias ?? full(runtime, [channels], 0),
  };
}

/** @throws RangeError if a parameter's size is not the number of channels, `input.shape[1]`. */
export function requireChannels(
  input: { readonly shape: readonly number[] },
  options: BatchNormOptions,
): void {
  checkOptions('batchNorm', options, optionNames);
  const { weight, bias, runningMean, runningVar, momentum } = options;
  const channels = input.shape[1];
  for (const [name, given] of Object.entries({ weight, bias, runningMean, runningVar })) {
    if (!given) continue;
    const { shape } = given;
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new RangeError(
        `batchNorm: ${name} is [${shape}], but the input [${input.shape}] has ${channels} channels`,
      );
    }
  }
  if (!runningMean !== !runningVar) {
    throw new RangeError('batchNorm: give both runningMean and runningVar, or none of them');
  }
  const share = typeof momentum === 'number' ? undefined : momentum;
  if (share && share.size !== 1) throw new RangeError(`batchNorm: momentum is [${share.shape}], not [1]`);
  requireFloats('batchNorm', [weight, bias, runningMean, runningVar, share]);
}
