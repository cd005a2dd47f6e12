import { atLeast0, checkOptions, type OptionTable, positive, share, whole } from '@glassbox/options';
import {
  broadcastDims,
  type CrossEntropySpec,
  crossEntropy as crossEntropyKernels,
  equal,
  type PointwiseLoss,
  type PointwiseLossSpec,
  pointwiseLossForward,
  pointwiseLossGradient,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireBelow, requireElements, requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous, permute, reshape, toLayout } from '../copy/layout.ts';
import { add, mul } from '../elementwise/binary.ts';
import { neg } from '../elementwise/unary.ts';
import { aTensor, reductions } from '../kinds.ts';
import { sum } from '../reduce/reduce.ts';
import { logSoftmax } from '../softmax/softmax.ts';

/** How the losses of the elements become one number. */
export type Reduction = 'mean' | 'sum';

/** How classes are weighed, and what becomes of the losses. */
export interface CrossEntropyOptions {
  /** A factor for each class [C]; the mean then divides by the sum of the labels' factors, as PyTorch. */
  readonly weight?: Tensor;
  /** Share of the target spread evenly over all classes. */
  readonly labelSmoothing?: number;
  /**
   * Labels of this number count for nothing, in the mean's divisor, too. Unlike PyTorch there is none unless given:
   * labels are unsigned, and its -100 is 0xffffff9c here.
   */
  readonly ignoreIndex?: number;
  /** The mean over the rows (the default), or their sum. */
  readonly reduction?: Reduction;
}

const crossEntropyNames: OptionTable<CrossEntropyOptions> = {
  weight: aTensor,
  labelSmoothing: share,
  ignoreIndex: whole(-(2 ** 31), 2 ** 32 - 1),
  reduction: reductions,
};

/**
 * Softmax cross-entropy as torch.nn.functional.cross_entropy. The gradient is computed in the same pass.
 * @param logits [N,C], or [N,C,…] for labels of pixels
 * @param labels u32 [N] or [N,…], each below C; or f32 of the logits' shape: a probability of each class
 * @returns a scalar; NaN if a label is C or more
 * @throws RangeError if the shapes do not fit, or a label is C or more: at once if the labels are still on the host,
 *   else at the next read of a value.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions('crossEntropy', options, crossEntropyNames);
  for (const x of [logits, labels]) requireTensor('crossEntropy', x);
  const { runtime } = logits;
  const { weight, labelSmoothing = 0, reduction = 'mean', ignoreIndex } = options;
  requireFloats('crossEntropy', [logits, weight]);
  if (weight && !equal(weight.shape, [logits.shape[1]])) {
    throw new RangeError(
      `crossEntropy: weight is [${weight.shape}], but there are ${logits.shape[1]} classes`,
    );
  }
  const soft = labels.dtype === 'f32' && equal(labels.shape, logits.shape);
  const [rows, , ...pixels] = logits.shape;
  if (pixels.length > 0 && (soft || equal(labels.shape, [rows, ...pixels]))) {
    return crossEntropy(perRow(logits), soft ? perRow(labels) : reshape(labels, [-1]), options);
  }
  if (soft && logits.shape.length === 2) return softCrossEntropy(logits, labels, options);
  if (logits.shape.length !== 2 || !equal(labels.shape, [logits.shape[0]]) || labels.dtype !== 'u32') {
    const advice = equal(labels.shape, logits.shape)
      ? "; cast(labels, 'f32') makes a probability of each class of it, labels.argmax() class numbers"
      : labels.dtype === 'u32'
        ? ''
        : "; cast(labels, 'u32') makes class numbers of whole numbers";
    throw new RangeError(
      `crossEntropy: expected logits [N,C,…] and u32 labels [N,…] (or f32 as the logits), got [${logits.shape}] and ` +
        `${labels.dtype} [${labels.shape}]${advice}`,
    );
  }
  const ignored = ignoreIndex === undefined ? undefined : ignoreIndex >>> 0;
  requireBelow('crossEntropy', labels, logits.shape[1], ignored);
  requireElements('crossEntropy', logits);
  const x = contiguous(logits);
  const spec: CrossEntropySpec = {
    logits: x.layout,
    reduction,
    weighted: weight !== undefined,
    labelSmoothing,
    ...(ignored === undefined ? {} : { ignoreIndex: ignored }),
  };
  const loss = empty(runtime, rowMajor([]));
  const dlogits = empty(runtime, x.layout);
  const losses = runtime.allocate(rowMajor([x.shape[0]]));
  launch(crossEntropyKernels, [spec], { logits: x, labels, weight, losses, dlogits, loss });
  runtime.release(losses);
  return differentiable('crossEntropy', loss, [x], (dy, _, { facts }) => [
    facts.ones ? dlogits : mul(dlogits, dy),
  ]);
}

/** [N,C,…] to a row of C for each pixel: [N·…,C]. */
function perRow(x: Tensor): Tensor {
  const last = x.shape.map((_, d) => d).filter((d) => d !== 1);
  return reshape(permute(x, [...last, 1]), [-1, x.shape[1]]);
}

/** Against probabilities [N,C]: -Σ weight · t · log softmax(x), t smoothed. The mean divides by N, as in PyTorch. */
function softCrossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions): Tensor {
  const { weight, labelSmoothing = 0, reduction = 'mean', ignoreIndex } = options;
  const [rows, classes] = logits.shape;
  if (ignoreIndex !== undefined) {
    throw new RangeError(
      'crossEntropy: ignoreIndex is for class numbers; probabilities of 0 count for nothing',
    );
  }
  requireElements('crossEntropy', logits);
  const smooth =
    labelSmoothing === 0 ? labels : add(mul(labels, 1 - labelSmoothing), labelSmoothing / classes);
  const target = weight ? mul(smooth, weight) : smooth;
  return mul(sum(mul(target, logSoftmax(logits))), reduction === 'mean' ? -1 / rows : -1);
}

/** Of the losses between two tensors. */
export interface DifferenceOptions {
  /** The mean over all elements (the default), or their sum. */
  readonly reduction?: Reduction;
}

const differenceNames: OptionTable<DifferenceOptions> = { reduction: reductions };

/** Mean (or sum) of squared differences. */
export function mseLoss(x: Tensor, target: Tensor, options: DifferenceOptions = {}): Tensor {
  checkOptions('mseLoss', options, differenceNames);
  return pointwise('mse', x, target, options);
}

/** Mean (or sum) of absolute differences. */
export function l1Loss(x: Tensor, target: Tensor, options: DifferenceOptions = {}): Tensor {
  checkOptions('l1Loss', options, differenceNames);
  return pointwise('l1', x, target, options);
}

/** Where `huberLoss` goes from squared to linear, and what becomes of the elements' losses. */
export interface HuberOptions extends DifferenceOptions {
  /** Up to this difference the loss is squared, from there on linear. Default 1. */
  readonly delta?: number;
}

const huberNames: OptionTable<HuberOptions> = { ...differenceNames, delta: positive };

/** Mean (or sum) of d²/2 where |d| is at most delta, of delta · (|d| - delta/2) elsewhere; d is the difference. */
export function huberLoss(x: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkOptions('huberLoss', options, huberNames);
  const { delta = 1, ...rest } = options;
  return pointwise('huber', x, target, rest, delta);
}

/** Where `smoothL1Loss` goes from squared to linear, and what becomes of the elements' losses. */
export interface SmoothL1Options extends DifferenceOptions {
  /** Up to this difference the loss is squared, from there on linear. Default 1; 0 is `l1Loss`. */
  readonly beta?: number;
}

const smoothNames: OptionTable<SmoothL1Options> = { ...differenceNames, beta: atLeast0 };

/** Mean (or sum) of d²/(2 beta) where |d| is below beta, of |d| - beta/2 elsewhere; d is the difference. */
export function smoothL1Loss(x: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  checkOptions('smoothL1Loss', options, smoothNames);
  const { beta = 1, ...rest } = options;
  return beta === 0 ? l1Loss(x, target, rest) : pointwise('smoothL1', x, target, rest, beta);
}

/** How elements are weighed, and what becomes of their losses. */
export interface BceOptions {
  /** A factor for each element; broadcasts to x. */
  readonly weight?: Tensor;
  /** A factor for positive targets, usually one for each column; broadcasts to x. */
  readonly posWeight?: Tensor;
  /** The mean over all elements (the default), or their sum. */
  readonly reduction?: Reduction;
}

const bceNames: OptionTable<BceOptions> = { weight: aTensor, posWeight: aTensor, reduction: reductions };

/** Binary cross-entropy of logits with 0/1 targets (f32), as torch.nn.functional.binary_cross_entropy_with_logits. */
export function bceWithLogits(x: Tensor, target: Tensor, options: BceOptions = {}): Tensor {
  checkOptions('bceWithLogits', options, bceNames);
  requireTensor('bceWithLogits', target);
  if (target.requiresGrad)
    throw new Error('bceWithLogits: the target cannot require a gradient; detach() it');
  return pointwise('bceWithLogits', x, target, options);
}

function pointwise(loss: PointwiseLoss, x: Tensor, target: Tensor, options: BceOptions, at?: number): Tensor {
  for (const each of [x, target]) requireTensor(loss, each);
  const { runtime } = x;
  const { weight, posWeight, reduction = 'mean' } = options;
  requireFloats(loss, [x, target, weight, posWeight]);
  if (!equal(x.shape, target.shape)) {
    throw new RangeError(`${loss}: input [${x.shape}] and target [${target.shape}] must have the same shape`);
  }
  requireElements(loss, x);
  for (const factor of [weight, posWeight]) if (factor) broadcastDims(factor.shape, x.shape);
  const t = toLayout(target, x.layout);
  const spec: PointwiseLossSpec = {
    loss,
    reduction,
    x: x.layout,
    ...(at === undefined ? {} : { at }),
    ...(weight ? { weight: weight.layout } : {}),
    ...(posWeight ? { posWeight: posWeight.layout } : {}),
  };
  const y = empty(runtime, rowMajor([]));
  const tensors = { x, t, weight, posWeight };
  launch(pointwiseLossForward, [spec], { ...tensors, loss: y });
  return differentiable(loss, y, [x, t], (dy, [xWanted, tWanted]) => {
    const dx = empty(runtime, x.layout);
    launch(pointwiseLossGradient, [spec], { ...tensors, dy, dx });
    return [xWanted ? dx : null, tWanted ? neg(dx) : null];
  });
}
