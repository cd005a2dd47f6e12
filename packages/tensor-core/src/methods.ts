/**
 * Ops as methods, as PyTorch's users type them: `x.add(y).relu()` is `relu(add(x, y))`, the same call; and
 * `runtime.record(body)`. Only the package's index loads this file: ops and tensors do not know of it.
 */
import { refuseOtherNames } from '@glassbox/options';
import { backward } from './autograd.ts';
import { display, showsAs } from './display.ts';
import * as binaryOps from './ops/elementwise/binary.ts';
import * as unaryOps from './ops/elementwise/unary.ts';
import type { Operand } from './ops/index.ts';
import * as ops from './ops/index.ts';
import { requireTensor } from './primitives/operands.ts';
import { record } from './runtime/record.ts';
import type { Recording, RecordOptions } from './runtime/recorded-step.ts';
import { Runtime } from './runtime/runtime.ts';
import { Tensor } from './tensor.ts';
import { printed, toList, toText } from './text.ts';

/** Sizes one by one or in a list: `x.reshape(2, 3)` and `x.reshape([2, 3])`. */
type Sizes = number[] | [readonly number[]];
const listed = (sizes: Sizes): readonly number[] =>
  Array.isArray(sizes[0]) ? sizes[0] : (sizes as readonly number[]);

// All elementwise ops are methods: a new one needs no line here.
const { geluNames: _gelu, softplusNames: _softplus, ...unary } = unaryOps;
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

  /** Position of the largest element along the last dimension, u32; the first of equal ones. No gradient. */
  argmax: ops.argmax,
  /** x - log Σ exp(x) along a dimension, the last unless given. */
  logSoftmax: ops.logSoftmax,
  /** The largest element over dimensions (`amax` of PyTorch), over all unless given. */
  max: ops.max,
  /** The mean over dimensions, over all unless given. */
  mean: ops.mean,
  /** Sums of all elements up to each position of a dimension. */
  cumsum: ops.cumsum,
  /** The smallest element over dimensions (`amin` of PyTorch), over all unless given. */
  min: ops.min,
  /** exp(x) / Σ exp(x) along a dimension, the last unless given. */
  softmax: ops.softmax,
  /** The sum over dimensions, over all unless given. */
  sum: ops.sum,
  /** Sums what was broadcast: back to a shape from which this one's was stretched. */
  sumToSize: ops.sumToSize,
  /** The k largest elements along a dimension, the last unless given, and their indices. */
  topk: ops.topk,
  /** The variance over dimensions, over all unless given; unbiased unless `correction` is 0. */
  variance: ops.variance,

  /**
   * The matrix product: [m,k] times [k,n], or each of a batch.
   * @throws RangeError if the sizes do not fit
   */
  matmul: ops.matmul,

  /** The part at these positions of the first dimensions, as Python's `x[2, 0]`; negative ones count from the end. */
  at: (x: Tensor, ...indices: number[]): Tensor =>
    indices.reduce((part, index) => ops.select(part, 0, index), x),
  /** The same elements as another type; towards 0 from floats to integers. No gradient. */
  cast: ops.cast,
  /** The same elements in row-major layout. */
  contiguous: ops.contiguous,
  /** At most so many parts of equal length along a dimension. */
  chunk: ops.chunk,
  /** Stretches sizes of 1: `x.expand(2, -1)` or `x.expand([2, -1])`. */
  expand: (x: Tensor, ...shape: Sizes): Tensor => ops.expand(x, listed(shape)),
  /** [N, …] to [N, product of the rest], in C,H,W order for images. */
  flatten: ops.flatten,
  /** The positions of dimensions from the last to the first. */
  flip: ops.flip,
  /** Reorders dimensions: `x.permute(1, 0)` or `x.permute([1, 0])`. */
  permute: (x: Tensor, ...dimensions: Sizes): Tensor => ops.permute(x, listed(dimensions)),
  /** For each index the element at that position of a dimension, as torch.gather. */
  gather: ops.gather,
  /** The positions of a dimension that an index [J] names. */
  indexSelect: ops.indexSelect,
  /** Another shape for the same elements: `x.reshape(2, -1)` or `x.reshape([2, -1])`. */
  reshape: (x: Tensor, ...shape: Sizes): Tensor => ops.reshape(x, listed(shape)),
  /** Positions moved on along dimensions, those beyond the end to the start. */
  roll: ops.roll,
  /** The part at one position of a dimension, which it no longer has: Python's `x[:, index]`. */
  select: ops.select,
  /** The part from `start` to before `end` of a dimension, as Python's `x[:, start:end]`. */
  slice: ops.slice,
  /** Parts along a dimension: `x.split(2, 1)`, or `x.split([1, 3], 1)`. */
  split: ops.split,
  /** The same elements in another memory layout. */
  toLayout: ops.toLayout,
  /** Swaps two dimensions, the last two unless given. */
  transpose: ops.transpose,
  /** x where the condition is not 0, else the other, as `x.where(condition, y)` of PyTorch. */
  where: (x: Tensor, condition: Tensor, other: Operand): Tensor => ops.where(condition, x, other),

  /** Adds d this / d leaf to the `grad` of every leaf that requires it. `gradient` is 1 unless given. */
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
refuseOtherNames(Tensor.prototype, 'Tensor', {
  add_: 'add(), whose result is a new tensor',
  amax: 'max()',
  amin: 'min()',
  clone: 'x itself: nothing but write() changes a tensor',
  cpu: 'await x.array()',
  cuda: "openRuntime({ device: 'webgpu' }), for all tensors",
  dim: 'x.shape.length',
  float: "cast('f32')",
  long: "cast('u32')",
  numel: 'x.size',
  numpy: 'await x.array()',
  squeeze: 'reshape()',
  t: 'transpose()',
  to: "cast('f32') for another type; a tensor stays on its device",
  unsqueeze: 'reshape()',
  var: 'variance()',
  view: 'reshape()',
});
attach('toString', printed);
// `x + 1` and `x < best` would be a text and false.
Object.defineProperty(Tensor.prototype, Symbol.toPrimitive, {
  value(this: Tensor, hint: string): string {
    if (hint === 'string') return printed(this);
    throw new TypeError(
      'Tensor: JavaScript has no operators for tensors: x.add(y) adds, x.lt(y) compares, await x.item() gives the ' +
        'number of one; String(x) describes it',
    );
  },
  configurable: true,
});
// For `Object.prototype.toString` and consoles that go by it.
Object.defineProperty(Tensor.prototype, Symbol.toStringTag, { value: 'Tensor', configurable: true });
// Reading is asynchronous: only a notebook waits for values.
showsAs(Tensor.prototype, printed, display);

declare module './runtime/runtime.ts' {
  interface Runtime {
    /**
     * Runs a step once and keeps its list of dispatches for `replay()`: the function `record`, which has the details.
     * @param body runs once now, and at each check: it should do nothing on the host that its result does not need
     * @throws Error inside of a step
     */
    record<T>(body: () => T, options?: RecordOptions): Recording<T>;
  }
}
Object.defineProperty(Runtime.prototype, 'record', {
  value<T>(this: Runtime, body: () => T, options?: RecordOptions): Recording<T> {
    return record(this, body, options);
  },
  writable: true,
  configurable: true,
});
