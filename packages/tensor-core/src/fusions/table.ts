import { isPlanar } from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { type batchNorm, batchNormParts } from '../ops/batch-norm/batch-norm.ts';
import { type convTranspose2d, convTranspose2dParts } from '../ops/conv2d/conv-transpose2d.ts';
import { type conv2d, conv2dParts } from '../ops/conv2d/conv2d.ts';
import type { relu } from '../ops/elementwise/unary.ts';
import { type linear, linearParts } from '../ops/matmul/matmul.ts';
import type { avgPool2d, maxPool2d } from '../ops/pool2d/pool2d.ts';
import type { Tensor } from '../tensor.ts';
import { batchNormReluMaxPool } from './batch-norm-relu-max-pool.ts';
import { conv2dBatchNorm, isInference } from './conv2d-batch-norm.ts';
import { thenRelu } from './then-relu.ts';

/** The ops that a chain can hold (`steps.ts`). */
interface Ops {
  conv2d: typeof conv2d;
  convTranspose2d: typeof convTranspose2d;
  linear: typeof linear;
  batchNorm: typeof batchNorm;
  relu: typeof relu;
  maxPool2d: typeof maxPool2d;
  avgPool2d: typeof avgPool2d;
}

export type StepName = keyof Ops;

/** An op's arguments after its input. */
type ArgsOf<O extends StepName> = Ops[O] extends (x: Tensor, ...args: infer A) => Tensor ? A : never;

/** Ops in a row that are computed together: the same bits as one after another, in fewer passes over memory. */
export interface Fusion<C extends readonly StepName[] = readonly StepName[]> {
  readonly chain: C;
  /** When it can be used, if not always. */
  readonly when?: (x: Tensor, ...args: ArgsOfAll<C>) => boolean;
  /** Value and gradient rule. @param args of each op of the chain, its arguments after its input. */
  readonly run: (x: Tensor, ...args: ArgsOfAll<C>) => Tensor;
}

type ArgsOfAll<C extends readonly StepName[]> = { readonly [I in keyof C]: Readonly<ArgsOf<C[I]>> };

const fusion = <const C extends readonly StepName[]>(row: Fusion<C>) => row as unknown as Fusion;

// All fusions of forward passes, with the gradient rules that belong to them. (What gradient rules tell each other is
// in `gradient-facts.ts`.) A test runs each row against its chain, in all modes, and compares bits.
//
// Each row stands in the list of the op that it begins with, and `steps.ts` gives the lists to their ops: a page
// without the op does not fetch what its rows need. (`@__PURE__` tells bundlers that they may leave a row out.)

/** Fusions that begin with `conv2d`. */
export const conv2dFusions: readonly Fusion[] = [
  // The kernel stores max(y, 0). Backward, the gradient is masked by y, unless it is masked already.
  /* @__PURE__ */ fusion({
    chain: ['conv2d', 'relu'],
    run: (x, conv) => thenRelu('conv2d + relu', conv2dParts(x, ...conv)),
  }),

  // The convolution normalises before it stores. There is no backward.
  /* @__PURE__ */ fusion({
    chain: ['conv2d', 'batchNorm'],
    when: (x, conv, [norm]) => isInference(x, conv, norm),
    run: (x, conv, [norm]) => conv2dBatchNorm(x, conv, norm, { batchNorm: {} }),
  }),
  /* @__PURE__ */ fusion({
    chain: ['conv2d', 'batchNorm', 'relu'],
    when: (x, conv, [norm]) => isInference(x, conv, norm),
    run: (x, conv, [norm]) => conv2dBatchNorm(x, conv, norm, { batchNorm: { relu: true } }),
  }),
  /* @__PURE__ */ fusion({
    chain: ['conv2d', 'relu', 'batchNorm'],
    when: (x, conv, _, [norm]) => isInference(x, conv, norm),
    run: (x, conv, _, [norm]) => conv2dBatchNorm(x, conv, norm, { relu: true, batchNorm: {} }),
  }),
  /* @__PURE__ */ fusion({
    chain: ['conv2d', 'relu', 'batchNorm', 'relu'],
    when: (x, conv, _, [norm]) => isInference(x, conv, norm),
    run: (x, conv, _, [norm]) => conv2dBatchNorm(x, conv, norm, { relu: true, batchNorm: { relu: true } }),
  }),
];

/** Fusions that begin with `convTranspose2d`. */
export const convTranspose2dFusions: readonly Fusion[] = [
  /* @__PURE__ */ fusion({
    chain: ['convTranspose2d', 'relu'],
    run: (x, conv) => thenRelu('convTranspose2d + relu', convTranspose2dParts(x, ...conv)),
  }),
];

/** Fusions that begin with `linear`. */
export const linearFusions: readonly Fusion[] = [
  /* @__PURE__ */ fusion({
    chain: ['linear', 'relu'],
    run: (x, layer) => thenRelu('linear + relu', linearParts(x, ...layer)),
  }),
];

/** Fusions that begin with `batchNorm`. */
export const batchNormFusions: readonly Fusion[] = [
  // Batch norm's gradient reads x anyway: it computes y again in place of reading it, for the mask.
  /* @__PURE__ */ fusion({
    chain: ['batchNorm', 'relu'],
    run: (x, [norm]) => {
      const { inputs, forward, gradients } = batchNormParts(x, norm);
      const end = { relu: true };
      return differentiable('batchNorm + relu', forward(end), inputs, gradients(end));
    },
  }),

  // The normalised images are never stored, only the largest value of each window. Backward, the gradient of the
  // pooling leaves out what the ReLU held back, and is that of batch norm's output.
  /* @__PURE__ */ fusion({
    chain: ['batchNorm', 'relu', 'maxPool2d'],
    when: ({ shape }) => shape.length === 4 && !isPlanar(shape[1]),
    run: (x, [norm], _, [pool]) => batchNormReluMaxPool(x, norm, pool),
  }),
];
