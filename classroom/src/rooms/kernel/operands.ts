/** The numbers that a kernel reads: as they lie in its buffers, and in PyTorch's order. */
import { RandomStream } from '@glassbox/nn';
import { elementCount, type Layout, pack, unpack } from '@glassbox/wgsl-kernels';

/** A buffer of a unit of work, before the work. */
export interface BufferInfo {
  /** Undefined for plain words, as an arena has. */
  readonly layout: Layout | undefined;
  readonly dtype: 'f32' | 'u32' | 'i32';
  /** Without the zeros that follow an image. */
  readonly words: number;
  readonly tail: number;
}

/** One set of contents. */
export class Operands {
  readonly buffers: ReadonlyMap<string, BufferInfo>;
  readonly content: ReadonlyMap<string, Int32Array>;
  readonly #dense = new Map<string, Float64Array>();

  constructor(buffers: ReadonlyMap<string, BufferInfo>, content: ReadonlyMap<string, Int32Array>) {
    this.buffers = buffers;
    this.content = content;
  }

  shape(name: string): readonly number[] {
    const { layout, words } = this.buffers.get(name)!;
    return layout?.shape ?? [words];
  }

  /** In float64, in PyTorch's order. */
  dense(name: string): Float64Array {
    let found = this.#dense.get(name);
    if (!found) {
      found = denseOf(this.buffers.get(name)!, this.content.get(name)!);
      this.#dense.set(name, found);
    }
    return found;
  }

  /** The same operands with other numbers, which are rounded to float32. */
  with(changes: Readonly<Record<string, ArrayLike<number>>>): Operands {
    const content = new Map(this.content);
    for (const [name, dense] of Object.entries(changes)) {
      const { layout, words, tail, dtype } = this.buffers.get(name)!;
      const packed = new (dtype === 'f32' ? Float32Array : Uint32Array)(words + tail);
      if (layout) pack(layout, dense, packed.subarray(0, words));
      else packed.set(dense);
      content.set(name, new Int32Array(packed.buffer));
    }
    return new Operands(this.buffers, content);
  }
}

/** What lies in a buffer, in PyTorch's order. */
export function denseOf({ layout, dtype, words }: BufferInfo, content: Int32Array): Float64Array {
  const typed = new (dtype === 'f32' ? Float32Array : Uint32Array)(
    content.buffer as ArrayBuffer,
    content.byteOffset,
    words,
  );
  return layout
    ? unpack(layout, typed, new Float64Array(elementCount(layout.shape)))
    : Float64Array.from(typed);
}

/** Seeded numbers for operands. */
export class Draw {
  readonly #stream = new RandomStream(7, [3, 0x6b65726e]);

  /** From -1 to 1. */
  signed(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => Math.fround(2 * this.#stream.uniform() - 1));
  }

  /** From 0.1 to 1.1. */
  positive(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => Math.fround(0.1 + this.#stream.uniform()));
  }

  below(limit: number): number {
    return this.#stream.below(limit);
  }
}
