import { batchNorm } from '../ops/batch-norm/batch-norm.ts';
import { convTranspose2d } from '../ops/conv2d/conv-transpose2d.ts';
import { conv2d } from '../ops/conv2d/conv2d.ts';
import { relu } from '../ops/elementwise/unary.ts';
import { linear } from '../ops/matmul/matmul.ts';
import { avgPool2d, maxPool2d } from '../ops/pool2d/pool2d.ts';
import type { Tensor } from '../tensor.ts';

/** The ops that a chain can hold. */
export const stepOps = { conv2d, convTranspose2d, linear, batchNorm, relu, maxPool2d, avgPool2d };

export type StepOp = keyof typeof stepOps;

/** An op's arguments after its input. */
export type ArgsOf<O extends StepOp> = (typeof stepOps)[O] extends (x: Tensor, ...args: infer A) => Tensor
  ? A
  : never;

/** One op of a chain: which, and its arguments after its input. */
export type Step<O extends StepOp = StepOp> = {
  [K in O]: { readonly op: K; readonly args: Readonly<ArgsOf<K>> };
}[O];
