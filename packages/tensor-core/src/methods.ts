/**
 * Ops as methods, as PyTorch's users type them: `x.add(y).relu()` is `relu(add(x, y))`, the same call. Only the
 * package's index loads this file: ops and tensors do not know of it.
 */
import { backward } from './autograd.ts';
import { display, showsAs } from './display.ts';
import * as binaryOps from './ops/elementwise/binary.ts';
import * as unaryOps from './ops/elementwise/unary.ts';
import type { Operand } from './ops/index.ts';
import * as ops from './ops/index.ts';
import { requireTensor } from './primitives/operands.ts';
import { Tensor } from './tensor.ts';
import { printed, toList, toText } from './text.ts';

/** Sizes one by one or in a list: `x.reshape(2, 3)` and `x.reshape([2, 3])`. */
type Sizes = number[] | [readonly number[]];
const listed = (sizes: Sizes): readonly number[] =>
  Array.isArray(sizes[0]) ? sizes[0] : (sizes as readonly number[]);

// All elementwise ops are methods: a new one needs no line here.
const { geluNames: _names, ...unary } = unaryOps;
const { compare: _compare, ...binary } = binaryOps;

/** Each method, as a function whose first argument is the tensor before the dot. */
export const methods = {
  ...unary,
  ...binary,
  /** other - x. */
  rsub: (x: Tensor, other: Operand): Tensor => ops.sub(other as Tensor, x),
  /** other / x. */
  rdiv: (x: Tensor, other: Operand): Tensor => ops.div(other as Tensor, x),
  /** 1 where x equals the other, else 0. */
  eq: (x: Tensor, other: Operand): Tensor => ops.compare('eq', x, other),
  /** 1 where x is greater than the other, else 0. */
  gt: (x: Tensor, other: Operand): Tensor => ops.compare('gt', x, other),
  /** 1 where x is greater than the other or equal, else 0. */
  ge: (x: Tensor, other: Operand): Tensor => ops.compare('ge', x, other),
  /** 1 where x is less than the other, else 0. */
  lt: (x: Tensor, other: Operand): Tensor => ops.compare('lt', x, other),
  /** 1 where x is less than the other or equal, else 0. */
  le: (x: Tensor, other: Operand): Tensor => ops.compare('le', x, other),

  argmax: ops.argmax,
  logSoftmax: ops.logSoftmax,
  max: ops.max,
  mean: ops.mean,
  min: ops.min,
  softmax: ops.softmax,
  sum: ops.sum,
  sumToSize: ops.sumToSize,
  variance: ops.variance,

  matmul: ops.matmul,

  /** The part at these positions of the first dimensions, as Python's `x[2, 0]`; negative ones count from the end. */
  at: (x: Tensor, ...indices: number[]): Tensor =>
    indices.reduce((part, index) => ops.select(part, 0, index), x),
  cast: ops.cast,
  contiguous: ops.contiguous,
  /** Stretches sizes of 1: `x.expand(2, -1)` or `x.expand([2, -1])`. */
  expand: (x: Tensor, ...shape: Sizes): Tensor => ops.expand(x, listed(shape)),
  flatten: ops.flatten,
  /** Reorders dimensions: `x.permute(1, 0)` or `x.permute([1, 0])`. */
  permute: (x: Tensor, ...dimensions: Sizes): Tensor => ops.permute(x, listed(dimensions)),
  /** Another shape for the same elements: `x.reshape(2, -1)` or `x.reshape([2, -1])`. */
  reshape: (x: Tensor, ...shape: Sizes): Tensor => ops.reshape(x, listed(shape)),
  select: ops.select,
  slice: ops.slice,
  toLayout: ops.toLayout,
  transpose: ops.transpose,

  backward,
  /** The elements as nested lists of numbers; the number itself for a tensor without dimensions. */
  tolist: toList,
  /** The values as text like PyTorch's: 4 digits, aligned, long tensors without their middle. */
  toText,
  /** Writes `toText()` to the console. */
  print: async (x: Tensor): Promise<void> => console.log(await toText(x)),
} as const;

type Method<F> = F extends (x: Tensor, ...args: infer A) => infer R ? (...args: A) => R : never;
type Methods = { readonly [M in keyof typeof methods]: Method<(typeof methods)[M]> };

declare module './tensor.ts' {
  interface Tensor extends Methods {}
}

/** Adds something to every tensor. Loops over a tensor's members do not see it, as with a class's own methods. */
function attach(name: string, call: (x: Tensor, ...args: never[]) => unknown): void {
  const method = function (this: Tensor, ...args: never[]): unknown {
    requireTensor(name, this);
    return call(this, ...args);
  };
  Object.defineProperty(method, 'name', { value: name });
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

for (const [name, call] of Object.entries(methods)) attach(name, call);
attach('toString', printed);
// For `Object.prototype.toString` and consoles that go by it.
Object.defineProperty(Tensor.prototype, Symbol.toStringTag, { value: 'Tensor', configurable: true });
// Reading is asynchronous: only a notebook waits for values.
showsAs(Tensor.prototype, printed, display);
