import {
  dropout,
  dropout2d,
  dropout2dOracle,
  dropoutOracle,
  elementCount,
  imageLayout,
  type Kernel,
  type Layout,
  type RandomKey,
  randomBits,
  randomCounter,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { centralDifferences, random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();

const side = fc.integer({ min: 1, max: 9 });
const image = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.constantFrom(1, 2, 3, 4, 5, 12, 16, 17, 20),
  side,
  side,
);
const anyLayout = fc.oneof(
  image.map(imageLayout),
  image.map(rowMajor),
  fc.tuple(side, side).map(rowMajor),
  fc.constant(rowMajor([])),
);
const shares = fc.constantFrom(0, 0.2, 0.5, 0.9, 1);
const keys = fc.record({ seed: fc.maxSafeNat(), stream: fc.nat(), step: fc.nat() });

async function apply(device: Device, kernel: Kernel, layout: Layout, key: RandomKey, x: ArrayLike<number>) {
  const results = await runKernel(device, kernel, [
    { words: 4, data: randomCounter(key), type: 'u32' },
    { layout, data: x },
    { layout, data: Float32Array.from(x, () => 9) },
  ]);
  return results[2];
}

function values(layout: Layout, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: elementCount(layout.shape) }, () => 2 + next());
}

describe.each(devices)('dropout on $name', ({ device }) => {
  it('drops exactly what the oracle drops, in any layout', async () => {
    await fc.assert(
      fc.asyncProperty(anyLayout, shares, keys, anyMachine, async (layout, p, key, machine) => {
        const x = values(layout, key.seed);
        const kernel = dropout({ layout, p, stream: key.stream }, machine);
        const y = await apply(device, kernel, layout, key, x);
        expectClose(y, dropoutOracle(x, layout.shape, p, key), 1e-6);
      }),
      { numRuns: 20 },
    );
  });

  it('drops whole channels of each sample', async () => {
    await fc.assert(
      fc.asyncProperty(image, shares, keys, anyMachine, async (shape, p, key, machine) => {
        const layout = imageLayout(shape);
        const x = values(layout, key.seed);
        const kernel = dropout2d({ layout, p, stream: key.stream }, machine);
        const y = await apply(device, kernel, layout, key, x);
        expectClose(y, dropout2dOracle(x, shape, p, key), 1e-6);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['dropout', dropout],
    ['dropout2d', dropout2d],
  ] as const)(
    '%s: the same kernel with the same counter is the gradient, another step another mask',
    async (_, make) => {
      const layout = imageLayout([2, 8, 3, 2]);
      const key = { seed: 11, stream: 4, step: 9 };
      const kernel = make({ layout, p: 0.4, stream: key.stream }, device.machine);
      const dy = values(layout, 1);
      const y = await apply(device, kernel, layout, key, values(layout, 2));
      const dx = await apply(device, kernel, layout, key, dy);
      const other = await apply(device, kernel, layout, { ...key, step: 10 }, dy);
      const dropped = (v: ArrayLike<number>) => Array.from(v, (value) => value === 0);
      expect(dropped(dx)).toEqual(dropped(y));
      expect(dropped(other)).not.toEqual(dropped(y));
      const oracle = make === dropout ? dropoutOracle : dropout2dOracle;
      const weighted = (x: Float64Array) =>
        oracle(x, layout.shape, 0.4, key).reduce((sum, v, i) => sum + v * dy[i], 0);
      expectClose(
        dx.subarray(0, 20),
        centralDifferences(values(layout, 3), weighted, 1e-3).subarray(0, 20),
        1e-5,
      );
    },
  );
});

describe('dropout', () => {
  it('keeps a share of 1 - p and the mean', () => {
    const key = { seed: 3, stream: 0, step: 0 };
    const y = dropoutOracle(new Float64Array(20000).fill(1), [20000], 0.2, key);
    const kept = y.filter((v) => v !== 0).length / y.length;
    expect(Math.abs(kept - 0.8)).toBeLessThan(0.01);
    expect(Math.abs(y.reduce((sum, v) => sum + v, 0) / y.length - 1)).toBeLessThan(0.02);
  });

  it('drops exactly the elements whose uniform number is below p', () => {
    const shape = [400, 500];
    for (const p of [0, 2 ** -12, 0.2, 0.5, 0.9]) {
      const key = { seed: 4, stream: 1, step: 2 };
      const uniform = Float64Array.from(randomBits(shape, key), (word) => (word >>> 8) * 2 ** -24);
      const x = new Float64Array(uniform.length).fill(1);
      const expected = uniform.map((u) => (u < p ? 0 : 1 / (1 - p)));
      expect(dropoutOracle(x, shape, p, key)).toEqual(expected);
    }
  });

  it('refuses shares that are none, and channels of what is no image', () => {
    expect(() => dropout({ layout: rowMajor([4]), p: 1.5, stream: 0 })).toThrow(/p must be from 0 to 1/);
    expect(() => dropout2d({ layout: rowMajor([4, 4]), p: 0.5, stream: 0 })).toThrow(/imageLayout/);
  });
});
