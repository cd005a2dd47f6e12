/** What the buffers of an example hold. */
import { RandomStream } from '@glassbox/nn';
import { elementCount, pack, unpack } from '@glassbox/wgsl-kernels';
import { type ExampleBuffer, wordsOf } from './buffers.ts';
import type { Example } from './kernels/entry.ts';

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
