import type { Kernel, Layout } from '@glassbox/wgsl-kernels';
import { elementCount, forEachElement, pack, unpack } from '@glassbox/wgsl-kernels';
import { expect } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { fromKernels, observe } from './observe.ts';

/** One buffer of a kernel under test: data to start from (zeros if absent) in a layout, or a plain number of words. */
export type Operand =
  | { readonly layout: Layout; readonly data?: ArrayLike<number>; readonly type?: 'f32' | 'u32' | 'i32' }
  | { readonly words: number; readonly data?: ArrayLike<number>; readonly type?: 'f32' | 'u32' | 'i32' };

const arrays = { f32: Float32Array, u32: Uint32Array, i32: Int32Array } as const;

/**
 * Runs a kernel once. Buffers start from `operands` (in the order of the bindings); every buffer is read back,
 * as a dense row-major array if it has a layout. Padding is checked to be 0 afterwards.
 */
export async function runKernel(device: Device, kernel: Kernel, operands: readonly Operand[]) {
  const buffers = operands.map((operand) => {
    const words = 'layout' in operand ? operand.layout.size : Math.max(4, operand.words);
    const host = new arrays[operand.type ?? 'f32'](words);
    if (operand.data && 'layout' in operand) pack(operand.layout, operand.data, host);
    else if (operand.data) host.set(Array.from(operand.data));
    const buffer = device.createBuffer(words * 4, kernel.name);
    device.write(buffer, 0, host);
    return buffer;
  });
  try {
    const views = buffers.map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
    device.submit([{ kernel: device.prepare(kernel), views }]);
    const results: (Float32Array | Uint32Array | Int32Array)[] = [];
    for (const [index, operand] of operands.entries()) {
      const type = arrays[operand.type ?? 'f32'];
      const words = new type(await device.read(buffers[index], 0, buffers[index].bytes));
      if ('layout' in operand) {
        expectZeroPadding(kernel, operand.layout, words);
        const dense = unpack(operand.layout, words, new type(elementCount(operand.layout.shape)));
        results.push(fromKernels(dense, device, [kernel.name]));
      } else results.push(fromKernels(words, device, [kernel.name]));
    }
    return results;
  } finally {
    for (const buffer of buffers) device.destroyBuffer(buffer);
  }
}

function expectZeroPadding(kernel: Kernel, layout: Layout, words: ArrayLike<number>): void {
  const used = new Set<number>();
  forEachElement(layout, (_, offset) => used.add(offset));
  for (let offset = 0; offset < layout.size; offset++) {
    if (!used.has(offset) && words[offset] !== 0) {
      expect.fail(`${kernel.name}: padding at ${offset} holds ${words[offset]}, not 0`);
    }
  }
}

/**
 * Expects |actual - expected| <= tolerance * max(1e-6, largest |expected|): float32 against a float64 oracle.
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-6): void {
  expect(actual.length).toBe(expected.length);
  let scale = 1e-6;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  observe(actual, expected, scale);
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale)) {
      expect.fail(
        `element ${i}: ${actual[i]} instead of ${expected[i]} (largest ${scale}, tolerance ${tolerance})`,
      );
    }
  }
}
