import { batchNorm } from '../ops/batch-norm/batch-norm.ts';
import { convTranspose2d } from '../ops/conv2d/conv-transpose2d.ts';
import { conv2d } from '../ops/conv2d/conv2d.ts';
import { relu } from '../ops/elementwise/unary.ts';
import { linear } from '../ops/matmul/matmul.ts';
import { avgPool2d, maxPool2d } from '../ops/pool2d/pool2d.ts';
import type { Tensor } from '../tensor.ts';
import {
  batchNormFusions,
  conv2dFusions,
  convTranspose2dFusions,
  type Fusion,
  linearFusions,
} from './table.ts';

/** An op that a chain can hold. */
export interface StepOp<Args extends readonly unknown[] = never> {
  /** By which rows of fusions name it. */
  readonly name: string;
  /** Computes the op; its gradient follows as for every op. */
  readonly run: (x: Tensor, ...args: Args) => Tensor;
  /** Fusions that begin with this op. */
  readonly fusions?: readonly Fusion[];
}

/** One op of a chain: which, and its arguments after its input. */
export interface Step {
  /** The op by name, with how it is computed. */
  readonly op: StepOp;
  /** What it takes after the tensor. */
  readonly args: readonly unknown[];
}

/** `step(linearStep, weight, bias)` stands for `linear(x, weight, bias)` in a chain. */
export function step<Args extends readonly unknown[]>(op: StepOp<Args>, ...args: Args): Step {
  return { op, args };
}

// Each is a constant of its own, so that bundlers leave out those that a page does not use.

/** `conv2d` in a chain. */
export const conv2dStep: StepOp<Tail<typeof conv2d>> = {
  name: 'conv2d',
  run: conv2d,
  fusions: conv2dFusions,
};
/** `convTranspose2d` in a chain. */
export const convTranspose2dStep: StepOp<Tail<typeof convTranspose2d>> = {
  name: 'convTranspose2d',
  run: convTranspose2d,
  fusions: convTranspose2dFusions,
};
/** `linear` in a chain. */
export const linearStep: StepOp<Tail<typeof linear>> = {
  name: 'linear',
  run: linear,
  fusions: linearFusions,
};
/** `batchNorm` in a chain. */
export const batchNormStep: StepOp<Tail<typeof batchNorm>> = {
  name: 'batchNorm',
  run: batchNorm,
  fusions: batchNormFusions,
};
/** `relu` in a chain. */
export const reluStep: StepOp<Tail<typeof relu>> = { name: 'relu', run: relu };
/** `maxPool2d` in a chain. */
export const maxPool2dStep: StepOp<Tail<typeof maxPool2d>> = { name: 'maxPool2d', run: maxPool2d };
/** `avgPool2d` in a chain. */
export const avgPool2dStep: StepOp<Tail<typeof avgPool2d>> = { name: 'avgPool2d', run: avgPool2d };

/** The arguments of an op after its input. */
type Tail<F> = F extends (x: Tensor, ...args: infer A) => Tensor ? A : never;
