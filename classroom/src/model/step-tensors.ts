/** The tensors of a step by name, and where their elements lie. */
import type { DeviceBuffer, Storage } from '@glassbox/tensor-core';
import { elementCount, type Layout, unpack } from '@glassbox/wgsl-kernels';
import type { Place, StepTensor, TensorKind } from './types.ts';
import type { Version, WatchedDevice } from './watched-device.ts';

/** A tensor whose content is known, at one moment of the step. */
export interface KnownTensor {
  readonly layer: string;
  readonly what: TensorKind;
  readonly layout: Layout;
  readonly dtype: 'f32' | 'u32' | 'i32';
  readonly buffer: NonNullable<Storage['buffer']>;
  /** In bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** Its content is what was there before this moment. */
  readonly moment: number;
  /** It lies between two tensors of the step: elements of it are shown only where they took long to compute. */
  readonly between?: true;
}

/** A tensor that can be seen, as far as this file is concerned. */
interface Seen {
  readonly layout: Layout;
  readonly dtype: 'f32' | 'u32' | 'i32';
  readonly storage: Storage;
}

export class StepTensors {
  readonly #device: WatchedDevice;
  #tensors: KnownTensor[] = [];

  constructor(device: WatchedDevice) {
    this.#device = device;
  }

  clear(): void {
    this.#tensors = [];
  }

  /** Names a tensor as it is now. Its kernels must have been submitted. */
  add(layer: string, what: TensorKind, { layout, dtype, storage }: Seen): void {
    const { buffer, offset, bytes } = storage;
    if (!buffer) throw new Error(`the lesson's tensor ${layer} ${what} has no memory`);
    this.#device.see(buffer);
    this.addKnown({ layer, what, layout, dtype, buffer, offset, bytes, moment: this.#device.now });
  }

  addKnown(tensor: KnownTensor): void {
    this.#tensors.push(tensor);
  }

  /** What there is of a layer. */
  kinds(layer: string): TensorKind[] {
    return this.#tensors.filter((tensor) => tensor.layer === layer).map(({ what }) => what);
  }

  find(layer: string, what: TensorKind): KnownTensor | undefined {
    return this.#tensors.find((tensor) => tensor.layer === layer && tensor.what === what);
  }

  values({ layer, what, layout, dtype, buffer, offset, moment }: KnownTensor): StepTensor {
    const words = this.#device.contentOf({ buffer, offset, size: layout.size * 4 }, moment);
    const type = dtype === 'f32' ? Float32Array : Uint32Array;
    const values = unpack(
      layout,
      new type(words.buffer as ArrayBuffer),
      new type(elementCount(layout.shape)),
    );
    return { layer, what, shape: layout.shape, values };
  }

  /**
   * The tensor and the element that a version of a word is; `padding` for a word of a tensor that is no element.
   * @param layer whose tensors are meant if several layers have it: an output is the next layer's input.
   */
  at(version: Version, buffer: DeviceBuffer, byte: number, layer: string): Place | 'padding' | undefined {
    const [first, ...others] = this.#holding(version, buffer, byte).filter(({ between }) => !between);
    if (!first) return undefined;
    const best = first.layer === layer ? first : (others.find((tensor) => tensor.layer === layer) ?? first);
    const index = positionOf(best.layout, (byte - best.offset) / 4);
    return index ? { layer: best.layer, what: best.what, index } : 'padding';
  }

  /** What lies between two tensors of the step and was named before. */
  between(version: Version, buffer: DeviceBuffer, byte: number): Place | undefined {
    const found = this.#holding(version, buffer, byte).find(({ between }) => between);
    if (!found) return undefined;
    return { layer: found.layer, what: found.what, index: [(byte - found.offset) / 4] };
  }

  /** The layer whose input a dispatch read, or one before it, to write this version; undefined if that is none. */
  layerOf({ writer }: Version): string | undefined {
    const dispatch = this.#device.dispatches[writer];
    if (!dispatch) return undefined;
    const { kernel, views, moment } = dispatch;
    const read = views.filter((_, place) => kernel.bindings[place].access === 'read');
    for (const { buffer, offset } of read) {
      const version = this.#device.versionOf(buffer, offset, moment);
      const known = version && this.#holding(version, buffer, offset);
      const found = known?.find(({ what }) => what === 'input') ?? known?.[0];
      const layer = found ? found.layer : version && this.layerOf(version);
      if (layer !== undefined) return layer;
    }
    return undefined;
  }

  #holding(version: Version, buffer: DeviceBuffer, byte: number): KnownTensor[] {
    return this.#tensors.filter(
      (tensor) =>
        tensor.buffer === buffer &&
        byte >= tensor.offset &&
        byte < tensor.offset + tensor.bytes &&
        this.#device.versionOf(buffer, byte, tensor.moment) === version,
    );
  }
}

/** The word at which an element lies. @throws RangeError if there is no such element. */
export function wordOf(layout: Layout, index: readonly number[]): number {
  const { shape, strides } = layout;
  const fits =
    index.length === shape.length &&
    index.every((at, dim) => Number.isInteger(at) && at >= 0 && at < shape[dim]);
  if (!fits) throw new RangeError(`[${index}] is no element of a tensor of shape [${shape}]`);
  return index.reduce((word, at, dim) => word + at * strides[dim], 0);
}

/** The element at a word; undefined if it is padding. */
export function positionOf({ shape, order, strides, size }: Layout, word: number): number[] | undefined {
  if (word >= size) return undefined;
  const index = new Array<number>(shape.length).fill(0);
  let rest = word;
  for (const dim of order) {
    index[dim] = Math.floor(rest / strides[dim]);
    rest %= strides[dim];
    if (index[dim] >= shape[dim]) return undefined;
  }
  return shape.length === 0 && word > 0 ? undefined : index;
}
