import {
  type Conv2dSpec,
  conv2dReach,
  elementCount,
  forEachElement,
  type Kernel,
  type KernelPlan,
  type Layout,
  pack,
  unpack,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { fromKernels } from '../../support/observe.ts';

/**
 * A named buffer of a list of kernels: in a layout with data, in a layout to be written, or scratch words.
 */
export type Memory =
  | {
      readonly layout: Layout;
      readonly data?: ArrayLike<number>;
      /** The data are also changed, and read back. */
      readonly written?: boolean;
    }
  | { readonly words: number };

/** A plan's scratch memory, for `runNamed`. */
export function scratchMemory(scratch: KernelPlan['scratch']): Record<string, Memory> {
  return Object.fromEntries(Object.entries(scratch).map(([name, words]) => [name, { words }]));
}

/**
 * Runs kernels one after the other on buffers found by their bindings' names, as the runtime does: images end
 * in their zero tail, and what a kernel is to write starts as garbage. Checks that padding and tails are 0
 * afterwards. Returns the dense contents of every buffer that was written.
 */
export async function runNamed(
  device: Device,
  kernels: readonly Kernel[],
  memory: Readonly<Record<string, Memory>>,
): Promise<Record<string, Float32Array>> {
  const buffers = new Map(
    Object.entries(memory).map(([name, entry]) => {
      const host = new Float32Array(
        'layout' in entry ? entry.layout.size + zeroTailWords(entry.layout) : entry.words,
      );
      if (!('layout' in entry)) host.fill(7);
      else if (entry.data) pack(entry.layout, entry.data, host);
      else host.fill(7, 0, entry.layout.size);
      const buffer = device.createBuffer(host.byteLength, name);
      device.write(buffer, 0, host);
      return [name, buffer] as const;
    }),
  );
  try {
    const views = (kernel: Kernel) =>
      kernel.bindings.map(({ name }) => {
        const buffer = buffers.get(name);
        if (!buffer) throw new Error(`${kernel.name}: no memory named ${name}`);
        return { buffer, offset: 0, size: buffer.bytes };
      });
    device.submit(kernels.map((kernel) => ({ kernel: device.prepare(kernel), views: views(kernel) })));
    const written: Record<string, Float32Array> = {};
    for (const [name, entry] of Object.entries(memory)) {
      if (!('layout' in entry) || (entry.data && !entry.written)) continue;
      const buffer = buffers.get(name)!;
      const words = new Float32Array(await device.read(buffer, 0, buffer.bytes));
      expectZeroPadding(name, entry.layout, words);
      const dense = unpack(entry.layout, words, new Float32Array(elementCount(entry.layout.shape)));
      const names = kernels.map((kernel) => kernel.name);
      written[name] = fromKernels(dense, device, names);
    }
    return written;
  } finally {
    for (const buffer of buffers.values()) device.destroyBuffer(buffer);
  }
}

function expectZeroPadding(name: string, layout: Layout, words: Float32Array): void {
  const used = new Set<number>();
  forEachElement(layout, (_, offset) => used.add(offset));
  const wrong = words.findIndex((word, offset) => !used.has(offset) && word !== 0);
  if (wrong >= 0) expect.fail(`${name}: padding at ${wrong} of ${layout.size} holds ${words[wrong]}, not 0`);
}

const channels = fc.constantFrom(1, 2, 3, 4, 5, 8, 17);
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Half of them 1, where other forms are taken. With strides of 2 and 3 some have a divisor in common. */
export const dilations = fc.oneof(fc.constant<[number, number]>([1, 1]), pair(1, 4));

/**
 * Convolutions of every kind: one-pixel images, strides beyond the filter, padding beyond the filter, taps apart, odd
 * channels.
 */
export const anyConv2d: fc.Arbitrary<Conv2dSpec> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inChannels: channels,
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    outChannels: channels,
    kernel: pair(1, 4),
    stride: pair(1, 3),
    padding: pair(0, 3),
    dilation: dilations,
  })
  .filter((spec) =>
    ([0, 1] as const).every(
      (d) => [spec.height, spec.width][d] + 2 * spec.padding[d] >= conv2dReach(spec, d),
    ),
  );

/** The shapes where something special happens: run for every kernel, whatever the random ones are. */
export const specialConv2ds: readonly Conv2dSpec[] = [
  {
    batch: 1,
    inChannels: 1,
    height: 1,
    width: 1,
    outChannels: 1,
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
  },
  {
    batch: 2,
    inChannels: 4,
    height: 1,
    width: 1,
    outChannels: 4,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
  },
  {
    batch: 2,
    inChannels: 1,
    height: 9,
    width: 7,
    outChannels: 16,
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  },
  {
    batch: 3,
    inChannels: 16,
    height: 7,
    width: 7,
    outChannels: 32,
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  },
  {
    batch: 1,
    inChannels: 5,
    height: 8,
    width: 7,
    outChannels: 17,
    kernel: [2, 1],
    stride: [3, 2],
    padding: [0, 0],
  },
  {
    batch: 1,
    inChannels: 4,
    height: 4,
    width: 5,
    outChannels: 8,
    kernel: [2, 2],
    stride: [1, 1],
    padding: [3, 2],
  },
  {
    batch: 2,
    inChannels: 1,
    height: 10,
    width: 10,
    outChannels: 16,
    kernel: [4, 4],
    stride: [2, 2],
    padding: [1, 1],
  },
  {
    batch: 2,
    inChannels: 5,
    height: 9,
    width: 8,
    outChannels: 8,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [2, 3],
    dilation: [2, 3],
  },
  {
    batch: 2,
    inChannels: 8,
    height: 9,
    width: 11,
    outChannels: 5,
    kernel: [3, 2],
    stride: [2, 3],
    padding: [3, 0],
    dilation: [2, 4],
  },
  {
    batch: 2,
    inChannels: 3,
    height: 8,
    width: 9,
    outChannels: 1,
    kernel: [4, 3],
    stride: [3, 2],
    padding: [1, 2],
    dilation: [2, 3],
  },
  {
    batch: 3,
    inChannels: 2,
    height: 7,
    width: 17,
    outChannels: 9,
    kernel: [2, 3],
    stride: [1, 2],
    padding: [1, 2],
    dilation: [3, 2],
  },
];

/** Deterministic values in [-1, 1). */
export function values(count: number, seed: number): Float64Array {
  let state = seed * 2654435761 + 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2147483648 - 1);
  });
}
