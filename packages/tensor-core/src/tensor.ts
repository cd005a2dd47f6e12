import {
  elementCount,
  imageLayout,
  type Layout,
  pack,
  rowMajor,
  unpack,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import type { GradNode } from './autograd.ts';
import { noteChange } from './runtime/changes.ts';
import type { Runtime } from './runtime/runtime.ts';
import { type DType, type HostArray, hostArrayOf, type Storage } from './runtime/storage.ts';

/**
 * An n-dimensional array on a device. Immutable to its users: ops return new tensors. Its memory is freed by the
 * step that made it or by the garbage collector, never by hand.
 */
export class Tensor {
  readonly runtime: Runtime;
  /** Sizes in PyTorch's order: images N,C,H,W; filters K,C,R,S. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** How the elements lie in memory. */
  readonly layout: Layout;
  /** The memory. Changes only when a parameter moves into an optimiser's arena. */
  storage: Storage;
  /** d loss / d this, for leaves after `backward()`; null before. */
  grad: Tensor | null = null;
  /** How this tensor was computed; null for leaves and without gradients. */
  node: GradNode | null = null;
  /** True if this came out of a ReLU: an op behind it may mask its gradient where this is 0 (see `ops/rectified.ts`). */
  rectified = false;
  /** For parameters in an arena: where their gradient goes. */
  gradStorage: Storage | null = null;
  #requiresGrad = false;

  /** @throws RangeError unless the storage holds as many words as the layout, and the zeros behind them. */
  constructor(runtime: Runtime, layout: Layout, dtype: DType, storage: Storage) {
    if (storage.words !== layout.size || storage.tailWords < zeroTailWords(layout)) {
      throw new RangeError(
        `Tensor: [${layout.shape}] takes ${layout.size} words and ${zeroTailWords(layout)} zeros behind them, but the storage has ` +
          `${storage.words} and ${storage.tailWords}; make it with runtime.allocate(layout)`,
      );
    }
    this.runtime = runtime;
    this.layout = layout;
    this.shape = layout.shape;
    this.dtype = dtype;
    this.storage = storage;
    runtime.watch(this, storage);
  }

  /** True for leaves whose gradient is wanted, and for everything computed from them. */
  get requiresGrad(): boolean {
    return this.#requiresGrad;
  }

  set requiresGrad(wanted: boolean) {
    // Of a leaf it decides what recorded steps should do; of all else it follows.
    if (wanted !== this.#requiresGrad && !this.node) noteChange();
    this.#requiresGrad = wanted;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** The elements in row-major order of the logical shape, whatever the memory layout. */
  async array(): Promise<HostArray> {
    const type = hostArrayOf[this.dtype];
    const words = new type(await this.runtime.read(this.storage));
    return unpack(this.layout, words, new type(this.size));
  }

  /** The value of a one-element tensor. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new RangeError(`item: shape [${this.shape}] has ${this.size} elements, not one; use array()`);
    return (await this.array())[0];
  }

  /** Overwrites the elements from the host (row-major order of the logical shape). */
  write(data: ArrayLike<number>): void {
    if (data.length !== this.size) {
      throw new RangeError(`write: ${data.length} values for shape [${this.shape}] (${this.size} elements)`);
    }
    this.runtime.write(this.storage, packed(this.layout, this.dtype, data));
  }

  /** The same memory without history: gradients stop here. */
  detach(): Tensor {
    return new Tensor(this.runtime, this.layout, this.dtype, this.storage);
  }

  /** Marks a leaf as wanting its gradient (or not). */
  requiresGrad_(wanted = true): this {
    if (this.node) throw new Error('requiresGrad_: only leaves can be changed; use detach() to make one');
    if (wanted && this.dtype !== 'f32')
      throw new TypeError(`requiresGrad_: ${this.dtype} tensors have no gradient; use f32`);
    this.requiresGrad = wanted;
    return this;
  }
}

/** Data in a layout's order. @throws RangeError for a number that an integer type cannot hold. */
function packed(layout: Layout, dtype: DType, data: ArrayLike<number>): HostArray {
  if (dtype !== 'f32' && !(data instanceof hostArrayOf[dtype])) requireIntegers(dtype, data);
  return pack(layout, data, new hostArrayOf[dtype](layout.size));
}

/** A typed array would make 0 of NaN, 1 of 1.5 and 4294967295 of -1 without a word. */
function requireIntegers(dtype: 'u32' | 'i32', data: ArrayLike<number>): void {
  const [low, high] = dtype === 'u32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  for (let index = 0; index < data.length; index++) {
    const value = data[index];
    if (Number.isInteger(value) && value >= low && value <= high) continue;
    throw new RangeError(
      `tensor: element ${index} is ${value}, which ${dtype} cannot hold (whole numbers from ${low} to ${high})`,
    );
  }
}

export interface TensorOptions {
  readonly dtype?: DType;
  /** Memory layout; row-major unless given. */
  readonly layout?: Layout;
}

/**
 * A tensor from host data in row-major order.
 * @throws RangeError if the number of values is not the product of the shape.
 */
export function tensor(
  runtime: Runtime,
  data: ArrayLike<number>,
  shape: readonly number[],
  { dtype = 'f32', layout = rowMajor(shape) }: TensorOptions = {},
): Tensor {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `tensor: ${data.length} values for shape [${shape}] (${elementCount(shape)} elements)`,
    );
  }
  const result = empty(runtime, layout, dtype);
  result.storage.upload = packed(layout, dtype, data);
  return result;
}

/**
 * A tensor whose content is computed by the host now and again before each replay of a recorded step.
 * `compute` returns the elements in row-major order. It must look them up outside of the step: variables of the step's own
 * function are as they were when it was recorded.
 */
export function stepInput(
  runtime: Runtime,
  shape: readonly number[],
  dtype: DType,
  compute: () => ArrayLike<number>,
): Tensor {
  const result = empty(runtime, rowMajor(shape), dtype);
  runtime.stepInput(result.storage, () => packed(result.layout, dtype, compute()));
  return result;
}

/** A tensor for an op to write into; image tensors get the zero tail that convolutions read. */
export function empty(runtime: Runtime, layout: Layout, dtype: DType = 'f32'): Tensor {
  return new Tensor(runtime, layout, dtype, runtime.allocate(layout));
}

/** A tensor of zeros. */
export function zeros(runtime: Runtime, shape: readonly number[], options: TensorOptions = {}): Tensor {
  return tensor(runtime, new Float32Array(elementCount(shape)), shape, options);
}

/** Images (N,C,H,W) in the layout that convolutions want. */
export function imageTensor(runtime: Runtime, data: ArrayLike<number>, shape: readonly number[]): Tensor {
  return tensor(runtime, data, shape, { layout: imageLayout(shape) });
}
