import { checkOptions, type OptionTable, share } from '@glassbox/options';
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
import { contiguous, toLayout } from '../copy/layout.ts';
import { mul } from '../elementwise/binary.ts';
import { neg } from '../elementwise/unary.ts';
import { aTensor, reductions } from '../kinds.ts';

/** How the losses of the elements become one number. */
export type Reduction = 'mean' | 'sum';

/** How classes are weighed, and what becomes of the losses. */
export interface CrossEntropyOptions {
  /** A factor for each class [C]; the mean then divides by the sum of the labels' factors, as PyTorch. */
  readonly weight?: Tensor;
  /** Share of the target spread evenly over all classes. */
  readonly labelSmoothing?: number;
  /** The mean over the rows (the default), or their sum. */
  readonly reduction?: Reduction;
}

const crossEntropyNames: OptionTable<CrossEntropyOptions> = {
  weight: aTensor,
  labelSmoothing: share,
  reduction: reductions,
};

/**
 * Softmax cross-entropy as torch.nn.functional.cross_entropy. The gradient is computed in the same pass.
 * @param logits [N,C]
 * @param labels u32 [N], each below C
 * @returns a scalar; NaN if a label is C or more
 * @throws RangeError if the shapes do not fit, or a label is C or more: at once if the labels are still on the host,
 *   else at the next read of a value.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions('crossEntropy', options, crossEntropyNames);
  for (const x of [logits, labels]) requireTensor('crossEntropy', x);
  const { runtime } = logits;
  const { weight, labelSmoothing = 0, reduction = 'mean' } = options;
  requireFloats('crossEntropy', [logits, weight]);
  if (logits.shape.length !== 2 || !equal(labels.shape, [logits.shape[0]]) || labels.dtype !== 'u32') {
    const advice = equal(labels.shape, logits.shape)
      ? '; give the number of the class, not a value for each: labels.argmax()'
      : labels.dtype === 'u32'
        ? ''
        : "; cast(labels, 'u32') makes class numbers of whole numbers";
    throw new RangeError(
      `crossEntropy: expected logits [N,C] and u32 labels [N], got [${logits.shape}] and ${labels.dtype} ` +
        `[${labels.shape}]${advice}`,
    );
  }
  requireBelow('crossEntropy', labels, logits.shape[1]);
  if (weight && !equal(weight.shape, [logits.shape[1]])) {
    throw new RangeError(
      `crossEntropy: weight is [${weight.shape}], but there are ${logits.shape[1]} classes`,
    );
  }
  requireElements('crossEntropy', logits);
  const x = contiguous(logits);
  const spec: CrossEntropySpec = {
    logits: x.layout,
    reduction,
    weighted: weight !== undefined,
    labelSmoothing,
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

function pointwise(loss: PointwiseLoss, x: Tensor, target: Tensor, options: BceOptions): Tensor {
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
