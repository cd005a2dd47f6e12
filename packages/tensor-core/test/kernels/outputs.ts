import { elementCount, type Kernel, type Layout, orderedLayout, unpack } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { observe, sameSource } from '../support/observe.ts';
import { type Operand, runKernel } from '../support/run-kernel.ts';

/** An output buffer: its layout and type. */
export interface Output {
  readonly layout: Layout;
  readonly type?: 'f32' | 'u32' | 'i32';
}

/**
 * Runs a kernel whose last bindings are outputs. Outputs start full of rubbish, as recycled memory does: every
 * element must be written and every padding element must be 0 afterwards. Resolves with the outputs, dense.
 */
export async function runInto(
  device: Device,
  kernel: Kernel,
  inputs: readonly Operand[],
  outputs: readonly Output[],
): Promise<ArrayLike<number>[]> {
  const rubbish = outputs.map(({ layout, type }) => ({
    words: layout.size,
    data: new Float32Array(layout.size).fill(77),
    type,
  }));
  const results = await runKernel(device, kernel, [...inputs, ...rubbish]);
  return outputs.map(({ layout }, index) => cleaned(kernel.name, layout, results[inputs.length + index]));
}

/** A buffer's elements as a dense row-major array; fails if any padding is not 0. */
export function cleaned(name: string, layout: Layout, words: ArrayLike<number>): Float64Array {
  const dense = unpack(layout, words, new Float64Array(elementCount(layout.shape)));
  sameSource(dense, words as unknown as object);
  const positions = unpack(
    layout,
    Array.from({ length: layout.size }, (_, offset) => offset),
    new Float64Array(dense.length),
  );
  const used = new Set(positions);
  for (let offset = 0; offset < layout.size; offset++) {
    if (!used.has(offset) && words[offset] !== 0) {
      expect.fail(`${name}: padding at ${offset} of [${layout.shape}] holds ${words[offset]}, not 0`);
    }
  }
  return dense;
}

/** Sizes that are awkward for vec4s and unrolled loops. */
export const size = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 11, 17);

/** Shapes of up to `maxRank` dimensions and about a thousand elements. */
export function shapes(maxRank = 4, minRank = 0): fc.Arbitrary<number[]> {
  return fc
    .array(size, { minLength: minRank, maxLength: maxRank })
    .filter((shape) => elementCount(shape) <= 1500);
}

/** A layout of the shape with its dimensions in any order in memory. */
export function layoutOf(shape: readonly number[]): fc.Arbitrary<Layout> {
  const dims = shape.map((_, dim) => dim);
  return fc
    .shuffledSubarray(dims, { minLength: dims.length, maxLength: dims.length })
    .map((order) => orderedLayout(shape, order));
}

/** Float32 numbers in [low, high], at most `steps` different ones. */
export function numbers(count: number, low = -4, high = 4, steps = 4096): fc.Arbitrary<Float32Array> {
  return fc.integer({ min: 0, max: 0x7fffffff }).map((seed) => {
    let state = seed;
    return Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return low + ((high - low) * Math.floor((state / 2 ** 32) * steps)) / (steps - 1);
    });
  });
}

/** d sum(dy * f(x)) / dx by central differences in float64. */
export function centralDifferences(
  f: (x: Float64Array) => ArrayLike<number>,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  step = 1e-5,
): Float64Array {
  const at = (index: number, delta: number) => {
    const moved = Float64Array.from(x);
    moved[index] += delta;
    const y = f(moved);
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += y[i] * dy[i];
    return sum;
  };
  return Float64Array.from({ length: x.length }, (_, i) => (at(i, step) - at(i, -step)) / (2 * step));
}

/** The largest absolute value. */
export function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) found = Math.max(found, Math.abs(values[i]));
  return found;
}

/**
 * Expects |actual - expected| <= tolerance * scale: for results such as sums, whose rounding errors go with the size
 * of what went in, not with what came out.
 */
export function expectWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: number,
  tolerance = 1e-6,
): void {
  expect(actual.length).toBe(expected.length);
  observe(actual, expected, scale);
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale)) {
      expect.fail(
        `element ${i}: ${actual[i]} instead of ${expected[i]} (scale ${scale}, tolerance ${tolerance})`,
      );
    }
  }
}
