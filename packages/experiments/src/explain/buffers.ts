import { RandomStream } from '@glassbox/nn';
import {
  elementCount,
  type Kernel,
  type KernelBinding,
  type Layout,
  pack,
  unpack,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import type { Example } from './kernels/entry.ts';

/** A buffer that is no tensor: an arena, partial sums, row numbers. */
export interface PlainBuffer {
  readonly words: number;
  /** What lies in it, in a few words. */
  readonly about: string;
  /** What it starts with; by default random floats, or zeros if its elements are integers. */
  readonly data?: ArrayLike<number>;
}

export type ExampleBuffer = Layout | PlainBuffer;

/** Size of the buffer in 32-bit words, with the zeros after an image's data. */
export function wordsOf(buffer: ExampleBuffer): number {
  return 'words' in buffer ? Math.max(4, buffer.words) : buffer.size + zeroTailWords(buffer);
}

type Words = Float32Array | Uint32Array | Int32Array;

/** What 32-bit words of this WGSL type are in TypeScript. */
export function wordsAs(bytes: ArrayBuffer, type: string): Words {
  if (type.includes('f32')) return new Float32Array(bytes);
  return type.includes('i32') ? new Int32Array(bytes) : new Uint32Array(bytes);
}

/**
 * What each buffer of an example holds at the start: what the example says, else its own data, else random floats in
 * [-1, 1), the same each time. Padding, and integers of which nothing is known, are 0.
 */
export function contentsOf({
  kernels,
  before = [],
  after = [],
  buffers,
  contents,
}: Omit<Example, 'oracle'>): Record<string, Words> {
  const bound = [...before, ...kernels, ...after].flatMap(({ bindings }) => bindings);
  const typeOf = (name: string) => bound.find((binding) => binding.name === name)?.type ?? 'f32';
  const random = Object.fromEntries(
    Object.entries(buffers).map(([name, buffer], stream) => [
      name,
      randomValues(buffer, typeOf(name), new RandomStream(wordsOf(buffer), stream)),
    ]),
  );
  const values = { ...random, ...contents?.(random) };
  return Object.fromEntries(
    Object.entries(buffers).map(([name, buffer]) => {
      const words = wordsAs(new ArrayBuffer(4 * wordsOf(buffer)), typeOf(name));
      if ('words' in buffer) words.set(Array.from(values[name]));
      else pack(buffer, values[name], words.subarray(0, buffer.size));
      return [name, words];
    }),
  );
}

/** The numbers of a buffer: dense and row-major where it has a layout, else all of its words. */
export function valuesOf(buffer: ExampleBuffer, words: Words): Words {
  if ('words' in buffer) return words;
  const dense = wordsAs(new ArrayBuffer(4 * elementCount(buffer.shape)), kindOf(words));
  return unpack(buffer, words, dense);
}

const kindOf = (words: Words) =>
  words instanceof Float32Array ? 'f32' : words instanceof Int32Array ? 'i32' : 'u32';

function randomValues(buffer: ExampleBuffer, type: string, random: RandomStream): ArrayLike<number> {
  if ('words' in buffer && buffer.data) return buffer.data;
  const length = 'words' in buffer ? wordsOf(buffer) : elementCount(buffer.shape);
  if (!type.includes('f32')) return new Uint32Array(length);
  const numbers = new Float32Array(length);
  random.fillUniform(numbers);
  return numbers.map((value) => 2 * value - 1);
}

/** A line on how the buffer lies in memory, for example `[64,16,14,14] as N,H,W,C; 200,704 words + 16 zeros`. */
export function describeBuffer(buffer: ExampleBuffer): string {
  const count = (words: number) => `${words.toLocaleString('en')} words`;
  if ('words' in buffer) return `${buffer.about}; ${count(wordsOf(buffer))}`;
  const { shape, order, extents, size } = buffer;
  const tail = zeroTailWords(buffer);
  const padded = shape.some((length, dim) => length !== extents[dim]);
  return [
    shape.length === 0 ? 'a scalar' : `[${shape}] ${orderName(order)}`,
    padded ? `, padded to [${extents}]` : '',
    `; ${count(size)}`,
    tail > 0 ? ` + ${tail} zeros, for taps outside of the image` : '',
  ].join('');
}

function orderName(order: readonly number[]): string {
  const key = order.join();
  if (key === '0,2,3,1') return 'as N,H,W,C';
  if (key === '2,3,1,0') return 'as R,S,C,K';
  if (key === '2,3,0,1') return 'as R,S,K,C';
  return order.every((dim, index) => dim === index) ? 'row-major' : `in order ${key}`;
}

/** The buffer behind a kernel's binding. @throws Error if the example does not know the name. */
export function bufferOf(
  buffers: Readonly<Record<string, ExampleBuffer>>,
  kernel: Kernel,
  { name }: KernelBinding,
): ExampleBuffer {
  const buffer = buffers[name];
  if (buffer) return buffer;
  throw new Error(
    `explain: ${kernel.name} binds '${name}', but its example has only ${Object.keys(buffers).join(', ')}`,
  );
}
