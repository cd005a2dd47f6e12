/** Losses that are made of other ops: their gradients follow from those. */
import { atLeast0, checkOptions, flag, number, type OptionTable, oneOf, whole } from '@glassbox/options';
import { equal } from '@glassbox/wgsl-kernels';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';
import { add, compare, div, maximum, mul, sub } from '../elementwise/binary.ts';
import { clamp, exp, log, pow, relu, sigmoid, softplus, sqrt, square } from '../elementwise/unary.ts';
import { where } from '../elementwise/where.ts';
import { reductions } from '../kinds.ts';
import { mean, sum } from '../reduce/reduce.ts';
import type { Reduction } from './losses.ts';

function requireAlike(op: string, x: Tensor, target: Tensor): void {
  requireFloats(op, [x, target]);
  if (!equal(x.shape, target.shape)) {
    throw new RangeError(`${op}: input [${x.shape}] and target [${target.shape}] must have the same shape`);
  }
  requireElements(op, x);
}

const reduced = (x: Tensor, reduction: Reduction) => (reduction === 'mean' ? mean(x) : sum(x));

/** What `klDiv` gets and gives. */
export interface KlDivOptions {
  /** `batchmean` divides the sum by the number of rows: the divergence as it is defined. Default `mean`, as PyTorch. */
  readonly reduction?: Reduction | 'batchmean';
  /** The target is logarithms, too. Default false. */
  readonly logTarget?: boolean;
}

const klNames: OptionTable<KlDivOptions> = { reduction: oneOf('mean', 'sum', 'batchmean'), logTarget: flag };

/**
 * Kullback-Leibler divergence Σ t · (log t - x) of log-probabilities x from probabilities t, as
 * torch.nn.functional.kl_div. Where t is 0 there is nothing to add.
 */
export function klDiv(x: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  checkOptions('klDiv', options, klNames);
  requireAlike('klDiv', x, target);
  const { reduction = 'mean', logTarget = false } = options;
  const some = logTarget ? target : compare('gt', target, 0);
  // The logarithm of 1 stands in for that of 0.
  const terms = logTarget
    ? mul(exp(target), sub(target, x))
    : where(some, mul(target, sub(log(where(some, target, 1)), x)), 0);
  return reduction === 'batchmean' ? div(sum(terms), x.shape[0] ?? 1) : reduced(terms, reduction);
}

/** Along which dimension `cosineSimilarity` compares. */
export interface CosineSimilarityOptions {
  /** The vectors' dimension. Default 1. */
  readonly dim?: number;
  /** Vectors shorter than this count as this long. Default 1e-8. */
  readonly eps?: number;
}

const cosineNames: OptionTable<CosineSimilarityOptions> = {
  dim: whole(Number.MIN_SAFE_INTEGER),
  eps: atLeast0,
};

/** a · b / (|a| |b|) of the vectors along a dimension, which the result no longer has. */
export function cosineSimilarity(a: Tensor, b: Tensor, options: CosineSimilarityOptions = {}): Tensor {
  checkOptions('cosineSimilarity', options, cosineNames);
  requireFloats('cosineSimilarity', [a, b]);
  const { dim = 1, eps = 1e-8 } = options;
  const length = (x: Tensor) => sqrt(maximum(sum(square(x), { dim }), eps * eps));
  return div(sum(mul(a, b), { dim }), mul(length(a), length(b)));
}

/** How far `cosineEmbeddingLoss` pushes apart, and what becomes of the rows' losses. */
export interface CosineEmbeddingOptions {
  /** Pairs that differ may have this similarity. Default 0. */
  readonly margin?: number;
  /** The mean over the rows (the default), or their sum. */
  readonly reduction?: Reduction;
}

const embeddingNames: OptionTable<CosineEmbeddingOptions> = { margin: number, reduction: reductions };

/**
 * 1 - cosine for pairs of rows that belong together (target 1), max(0, cosine - margin) for others (target -1).
 * @param a [N,D]
 * @param b [N,D]
 * @param target f32 [N]
 */
export function cosineEmbeddingLoss(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: CosineEmbeddingOptions = {},
): Tensor {
  checkOptions('cosineEmbeddingLoss', options, embeddingNames);
  requireAlike('cosineEmbeddingLoss', a, b);
  const { margin = 0, reduction = 'mean' } = options;
  if (a.shape.length !== 2 || !equal(target.shape, [a.shape[0]])) {
    throw new RangeError(
      `cosineEmbeddingLoss: expected rows [N,D] and a target [N], got [${a.shape}] and [${target.shape}]`,
    );
  }
  const similarity = cosineSimilarity(a, b);
  const apart = relu(sub(similarity, margin));
  return reduced(where(compare('gt', target, 0), sub(1, similarity), apart), reduction);
}

/** How `focalLoss` weighs elements, and what becomes of their losses. */
export interface FocalOptions {
  /** Factor of positive elements, 1 - alpha of negative ones; below 0 for none. Default 0.25. */
  readonly alpha?: number;
  /** How much less sure elements count. Default 2. */
  readonly gamma?: number;
  /** The mean over all elements (the default), or their sum. */
  readonly reduction?: Reduction;
}

const focalNames: OptionTable<FocalOptions> = { alpha: number, gamma: atLeast0, reduction: reductions };

/**
 * Focal loss (Lin et al., 2017) of logits with 0/1 targets, as torchvision.ops.sigmoid_focal_loss:
 * α (1 - p)^γ · bce, p the probability of what is right. (torchvision's own default of `reduction` is 'none'.)
 */
export function focalLoss(x: Tensor, target: Tensor, options: FocalOptions = {}): Tensor {
  checkOptions('focalLoss', options, focalNames);
  requireAlike('focalLoss', x, target);
  const { alpha = 0.25, gamma = 2, reduction = 'mean' } = options;
  const p = sigmoid(x);
  const wrong = clamp(sub(add(p, target), mul(mul(p, target), 2)), { min: 0 });
  const loss = mul(sub(softplus(x), mul(x, target)), pow(wrong, gamma));
  if (alpha < 0) return reduced(loss, reduction);
  return reduced(mul(loss, add(mul(target, 2 * alpha - 1), 1 - alpha)), reduction);
}

/** What `diceLoss` adds so that empty masks count as found. */
export interface DiceOptions {
  /** Added above and below the fraction line. Default 1. */
  readonly smooth?: number;
}

const diceNames: OptionTable<DiceOptions> = { smooth: atLeast0 };

/**
 * 1 - (2 Σ p t + smooth) / (Σ p + Σ t + smooth), the sums over the pixels of a channel, then the mean over channels and
 * images (Milletari et al., 2016, without squares).
 * @param probabilities [N,C,…], from 0 to 1
 * @param target the same shape, 0 or 1
 */
export function diceLoss(probabilities: Tensor, target: Tensor, options: DiceOptions = {}): Tensor {
  checkOptions('diceLoss', options, diceNames);
  requireAlike('diceLoss', probabilities, target);
  const { smooth = 1 } = options;
  if (probabilities.shape.length < 3) {
    throw new RangeError(`diceLoss: expected masks [N,C,…] but got [${probabilities.shape}]`);
  }
  const dim = probabilities.shape.map((_, d) => d).slice(2);
  const both = sum(mul(probabilities, target), { dim });
  const all = add(sum(probabilities, { dim }), sum(target, { dim }));
  return sub(1, mean(div(add(mul(both, 2), smooth), add(all, smooth))));
}
