import {
  anything,
  callback,
  checkOptions,
  checkValue,
  instance,
  type Kind,
  list,
  type OptionTable,
  oneOf,
  show,
  whole,
} from '@glassbox/options';
import {
  elementCount,
  equal,
  imageLayout,
  type Layout,
  pack,
  relayout,
  rowMajor,
  unpack,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import type { GradNode } from './graph.ts';
import { sameInput } from './recomputing.ts';
import { noteChange } from './runtime/changes.ts';
import type { Watched } from './runtime/garbage.ts';
import { launch } from './runtime/launch.ts';
import { Runtime } from './runtime/runtime.ts';
import {
  type DType,
  type HostArray,
  hostArrayOf,
  isLive,
  liesIn,
  requireLive,
  type Storage,
} from './runtime/storage.ts';

/**
 * An n-dimensional array on a device. Immutable to its users: ops return new tensors. Its memory is freed by the
 * step that made it or by the garbage collector, never by hand.
 */
export class Tensor {
  // Consoles of browsers show members in this order.
  /** Sizes in PyTorch's order: images N,C,H,W; filters K,C,R,S. */
  readonly shape: readonly number[];
  /** What an element is: a float of 32 bits, or an integer of 32 bits without or with a sign. */
  readonly dtype: DType;
  /** The device that it lives on, with its pending work. */
  readonly runtime: Runtime;
  /** How the elements lie in memory. */
  readonly layout: Layout;
  /** The memory. Changes only when a parameter moves into an optimiser's arena. */
  storage: Storage;
  /** How this tensor was computed; null for leaves and without gradients. */
  node: GradNode<Tensor> | null = null;
  /**
   * For parameters in an arena: where optimisers read their gradient, and where it is computed if nothing stands in
   * the way.
   */
  gradStorage: Storage | null = null;
  /** For gradients: the leaf whose further gradients are added to this tensor in place; null for a caller's own. */
  gradOf: Tensor | null = null;
  /** Who frees the memory when nobody refers to the tensor any more. */
  readonly watched: Watched | undefined;
  #requiresGrad = false;
  #grad: Tensor | null = null;

  /** @throws RangeError unless the storage holds as many words as the layout, and the zeros after them. */
  constructor(runtime: Runtime, layout: Layout, dtype: DType, storage: Storage) {
    if (storage.words !== layout.size || storage.tailWords < zeroTailWords(layout)) {
      throw new RangeError(
        `Tensor: [${layout.shape}] takes ${layout.size} words and ${zeroTailWords(layout)} zeros after them, ` +
          'but the storage has ' +
          `${storage.words} and ${storage.tailWords}; make it with runtime.allocate(layout)`,
      );
    }
    this.runtime = runtime;
    this.layout = layout;
    this.shape = layout.shape;
    this.dtype = dtype;
    this.storage = storage;
    this.watched = runtime.watch(this, storage);
  }

  /**
   * d loss / d this, for leaves after `backward()`; null before. It may be given another tensor of this shape, in any
   * layout, or null: what stands here at an optimiser's `step()` is what it uses, whoever put it there. `backward`
   * adds to it; a tensor of the caller's own is not changed by that, nor by clipping: another one takes its place
   * here.
   * @throws TypeError, RangeError or Error if it is no f32 tensor of this shape on this device.
   */
  get grad(): Tensor | null {
    const held = this.heldGrad;
    // The next backward writes to a parameter's place anew. A gradient that somebody looks at moves away.
    if (held && this.gradStorage && isLive(held.storage) && liesIn(held.storage, this.gradStorage)) {
      return this.takeGrad(copyInto(null, held, this.layout));
    }
    return held;
  }

  set grad(gradient: Tensor | null) {
    if (gradient) {
      requireGradient(this, gradient);
      gradient.storage.claimed = true;
      this.runtime.outlives(gradient);
      if (gradient.gradOf !== this) gradient.gradOf = null;
    }
    this.heldGrad = gradient ?? null;
  }

  /** What stands in `grad`, wherever it lies: for autograd and optimisers, which keep no hold of it. */
  get heldGrad(): Tensor | null {
    this.runtime.gradientUses?.read(this, this.#grad);
    return this.#grad;
  }

  set heldGrad(gradient: Tensor | null) {
    this.runtime.gradientUses?.write(this);
    this.#grad = gradient;
  }

  /** Puts a gradient into `grad` that nobody else has: further ones are added to it in place. @returns `gradient` */
  takeGrad(gradient: Tensor): Tensor {
    gradient.storage.claimed = true;
    this.runtime.outlives(gradient);
    gradient.gradOf = this;
    this.heldGrad = gradient;
    return gradient;
  }

  /** Copies a gradient of any layout to a place for this tensor's. @returns the copy */
  moveGrad(gradient: Tensor, place: Storage): Tensor {
    return copyInto(place, gradient, this.layout);
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
  item(): Promise<number> {
    return noNumberYet(this.#item());
  }

  async #item(): Promise<number> {
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

/** A promise with which nothing is computed by mistake: `total += x.item()` would make a text of both. */
function noNumberYet(promise: Promise<number>): Promise<number> {
  const value = (): never => {
    promise.catch(() => {}); // nobody will wait for it
    throw new TypeError('item: its number comes later: await x.item()');
  };
  return Object.defineProperty(promise, Symbol.toPrimitive, { value });
}

/** @throws Error (and its kinds) if a tensor cannot be the gradient of a leaf. */
function requireGradient(leaf: Tensor, gradient: Tensor): void {
  if (!(gradient instanceof Tensor)) {
    throw new TypeError(
      `grad: a gradient is a tensor of shape [${leaf.shape}] or null, not ${typeof gradient}; make one with tensor()`,
    );
  }
  if (gradient === leaf) throw new Error('grad: a tensor cannot be its own gradient; give a copy, mul(x, 1)');
  if (gradient.runtime !== leaf.runtime) {
    throw new Error(
      `grad: the gradient is on another device (${gradient.runtime.device.info.adapter}) ` +
        `than the tensor (${leaf.runtime.device.info.adapter}); make both with one runtime`,
    );
  }
  if (gradient.dtype !== 'f32') {
    throw new TypeError(`grad: a gradient is f32, not ${gradient.dtype}; convert it with cast(x, 'f32')`);
  }
  if (!equal(gradient.shape, leaf.shape)) {
    throw new RangeError(
      `grad: a gradient of shape [${gradient.shape}] for a tensor of shape [${leaf.shape}]`,
    );
  }
  requireLive(gradient.storage, 'grad');
}

/**
 * Typed arrays of the type itself need no look; anything else may hold what becomes another number, or none, on the
 * way.
 */
function requireNumbers(data: ArrayLike<number>, dtype: DType): void {
  const whole = dtype !== 'f32';
  if (
    ArrayBuffer.isView(data) &&
    (!whole || data instanceof hostArrayOf[dtype] || data instanceof Uint8Array)
  )
    return;
  const [least, most] = dtype === 'u32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  for (let index = 0; index < data.length; index++) {
    const value: unknown = data[index];
    if (typeof value !== 'number') {
      throw new TypeError(
        `tensor: value ${index} is ${show(value)}; give numbers, in one list without others inside`,
      );
    }
    if (whole && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw new RangeError(
        `tensor: value ${index} is ${value}, which ${dtype} cannot hold; give whole numbers from ${least} to ${most}`,
      );
    }
  }
}

/**
 * Data in a layout's order.
 * @throws RangeError for a number that an integer type cannot hold, TypeError for what is no number.
 */
function packed(layout: Layout, dtype: DType, data: ArrayLike<number>): HostArray {
  requireNumbers(data, dtype);
  return pack(layout, data, new hostArrayOf[dtype](layout.size));
}

/** Type and memory layout of a new tensor. */
export interface TensorOptions {
  /** Type of the elements. Default `f32`. */
  readonly dtype?: DType;
  /** Memory layout; row-major unless given. */
  readonly layout?: Layout;
}

const optionNames: OptionTable<TensorOptions> = { dtype: oneOf('f32', 'u32', 'i32'), layout: anything };
const aRuntime = instance(() => Runtime, 'a runtime, from await openRuntime()');
const sizes = list(whole(0));
const listed: Kind = {
  what: 'a list of numbers',
  fits: (value) => typeof value === 'object' && value !== null && 'length' in value,
};

/** @throws TypeError or RangeError unless it is a list of whole numbers. */
export function requireShape(op: string, shape: readonly number[]): void {
  checkValue(op, 'shape', shape, sizes);
}

/**
 * A tensor from host data in row-major order.
 * @throws RangeError if the number of values is not the product of the shape, or an integer type cannot hold one of
 *   them; TypeError if a value is no number.
 */
export function tensor(
  runtime: Runtime,
  data: ArrayLike<number>,
  shape: readonly number[],
  options: TensorOptions = {},
): Tensor {
  checkValue('tensor', 'runtime', runtime, aRuntime);
  checkValue('tensor', 'data', data, listed);
  if (shape === undefined) throw new TypeError('tensor: the shape is missing: tensor(runtime, data, [2, 3])');
  requireShape('tensor', shape);
  checkOptions('tensor', options, optionNames);
  const { dtype = 'f32', layout = rowMajor(shape) } = options;
  if (data.length !== elementCount(shape)) {
    requireNumbers(data, dtype);
    throw new RangeError(
      `tensor: ${data.length} values for shape [${shape}] (${elementCount(shape)} elements)`,
    );
  }
  runtime.reclaim();
  const result = empty(runtime, layout, dtype);
  runtime.fill(result.storage, packed(layout, dtype, data));
  return result;
}

/**
 * A tensor whose content is computed by the host now and again before each replay of a recorded step.
 * `compute` returns the elements in row-major order. It must look them up outside of the step: variables of the
 * step's own function are as they were when it was recorded.
 */
export function stepInput(
  runtime: Runtime,
  shape: readonly number[],
  dtype: DType,
  compute: () => ArrayLike<number>,
): Tensor {
  requireShape('stepInput', shape);
  checkValue('stepInput', 'compute', compute, callback);
  return sameInput(() => {
    const result = empty(runtime, rowMajor(shape), dtype);
    runtime.stepInput(result.storage, () => packed(result.layout, dtype, compute()));
    return result;
  });
}

/** A tensor for an op to write into; image tensors get the zero tail that convolutions read. */
export function empty(runtime: Runtime, layout: Layout, dtype: DType = 'f32'): Tensor {
  return new Tensor(runtime, layout, dtype, runtime.allocate(layout));
}

/** A copy of x in a layout of the caller's, in `place` or in memory of its own. */
export function copyInto(place: Storage | null, x: Tensor, layout: Layout): Tensor {
  const y = place ? new Tensor(x.runtime, layout, x.dtype, place) : empty(x.runtime, layout, x.dtype);
  launch(relayout, [x.layout, layout, undefined], { x, y });
  return y;
}

/** A tensor of zeros. */
export function zeros(runtime: Runtime, shape: readonly number[], options: TensorOptions = {}): Tensor {
  checkValue('zeros', 'runtime', runtime, aRuntime);
  requireShape('zeros', shape);
  return tensor(runtime, new Float32Array(elementCount(shape)), shape, options);
}

/** Images (N,C,H,W) in the layout that convolutions want. */
export function imageTensor(runtime: Runtime, data: ArrayLike<number>, shape: readonly number[]): Tensor {
  requireShape('imageTensor', shape);
  return tensor(runtime, data, shape, { layout: imageLayout(shape) });
}
