import { openDevice } from '@glassbox/tensor-core';
import type { Conv2dSpec } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { climbLadder } from '../src/ladder/climb.ts';
import { conv2dLadder, matmulLadder } from '../src/ladder/ladders.ts';
import { runVersion } from '../src/ladder/run.ts';

const device = await openDevice({ device: 'wasm', threads: 2 });
afterAll(() => device.destroy());

/** float32 sums of a few hundred products against float64, as a share of the largest value. */
const tolerance = 2e-6;

describe.each(matmulLadder.versions)('matmul version $name', (version) => {
  it('agrees with the definition', async () => {
    const tiles = fc.integer({ min: 2, max: 4 }).map((count) => 32 * count);
    await fc.assert(
      fc.asyncProperty(fc.record({ m: tiles, k: tiles, n: tiles }), async (size) => {
        const { error } = await runVersion(device, matmulLadder, version, { ...size, k: size.k + 32 });
        expect(error).toBeLessThan(tolerance);
      }),
      { numRuns: 6 },
    );
  });

  it('agrees with it at the size that is timed', async () => {
    const { error } = await runVersion(device, matmulLadder, version, matmulLadder.timed);
    expect(error).toBeLessThan(tolerance);
  });
});

describe.each(conv2dLadder.versions)('conv2d version $name', (version) => {
  it('agrees with the definition', async () => {
    const spec: fc.Arbitrary<Conv2dSpec> = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      inChannels: fc.constantFrom(4, 8, 12),
      outChannels: fc.constantFrom(16, 32),
      height: fc.integer({ min: 3, max: 9 }),
      width: fc.integer({ min: 3, max: 9 }),
      kernel: fc.constantFrom([1, 1] as const, [3, 3] as const, [3, 2] as const),
      stride: fc.constantFrom([1, 1] as const, [2, 2] as const, [1, 2] as const),
      padding: fc.constantFrom([0, 0] as const, [1, 1] as const, [1, 0] as const),
    });
    await fc.assert(
      fc.asyncProperty(spec, async (one) => {
        const { error } = await runVersion(device, conv2dLadder, version, one);
        expect(error).toBeLessThan(tolerance);
      }),
      { numRuns: 8 },
    );
  });

  it('agrees with it at the size that is timed', async () => {
    const { error } = await runVersion(device, conv2dLadder, version, conv2dLadder.timed);
    expect(error).toBeLessThan(tolerance);
  });
});

it('times a version when asked to', async () => {
  const size = { m: 32, k: 32, n: 32 };
  const { times, flop } = await runVersion(device, matmulLadder, matmulLadder.versions[0], size, {
    seconds: 0.001,
    within: 0.03,
  });
  expect(times.ms.length).toBeGreaterThanOrEqual(3);
  expect(times.ms.every((time) => time > 0)).toBe(true);
  expect(flop).toBe(2 * 32 ** 3);
});

it('climbs from version to version, and says what each gained', async () => {
  const seen: string[] = [];
  const small = { ...matmulLadder, timed: { m: 64, k: 64, n: 64 } };
  const results = await climbLadder(device, small, { seconds: 0.001, within: 0.03 }, ({ version }) => {
    seen.push(version);
  });
  expect(seen).toEqual(matmulLadder.versions.map(({ name }) => name));
  expect(results[0]).toMatchObject({ gain: 1, gainOverNaive: 1, ladder: 'matmul' });
  for (const [n, { ms, gain, gflops, intensity }] of results.entries()) {
    expect(gflops).toBeCloseTo((2 * 64 ** 3) / ms / 1e6);
    expect(intensity).toBeGreaterThan(1);
    if (n > 0) expect(gain).toBeCloseTo(results[n - 1].ms / ms);
  }
  const wrong = { ...small, oracle: () => new Float64Array(64 * 64) };
  await expect(climbLadder(device, wrong, { seconds: 0.001, within: 0.03 })).rejects.toThrow(
    /is wrong: error/,
  );
});
