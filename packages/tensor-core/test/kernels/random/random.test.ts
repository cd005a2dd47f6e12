import {
  filterLayout,
  imageLayout,
  numberingLayout,
  orderedLayout,
  philox4x32,
  randomBits,
  randomCounter,
  randomNormal,
  randomNormalOracle,
  randomUniform,
  randomUniformOracle,
  rowMajor,
  type Words4,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();

/** Random123's published known answers for philox4x32 with 10 rounds: counter, key, result. */
const knownAnswers: [Words4, [number, number], Words4][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

const side = fc.integer({ min: 1, max: 7 });
const shapes = fc.oneof(
  fc.constant([]),
  fc.tuple(fc.integer({ min: 1, max: 40 })),
  fc.tuple(side, side),
  fc.tuple(side, fc.constantFrom(1, 3, 4, 5, 17), side, side),
);
/** Every layout that tensors of a shape have here, and one that none has. */
const layouts = [numberingLayout, rowMajor, imageLayout, filterLayout, reversed];
const anyLayout = fc
  .tuple(shapes, fc.nat(layouts.length - 1))
  .map(([shape, which]) => (shape.length === 4 ? layouts[which] : [rowMajor, reversed][which % 2])(shape));
const word = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));
const keys = fc.record({
  seed: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER)),
  stream: word,
  step: word,
});

function reversed(shape: readonly number[]) {
  return orderedLayout(shape, shape.map((_, d) => d).reverse());
}

describe('philox4x32', () => {
  it.each(knownAnswers)('gives the known answer for %j, %j', (counter, key, result) => {
    expect(philox4x32(counter, key)).toEqual(result);
  });
});

describe.each(devices)('random numbers on $name', ({ device }) => {
  it('uniform: the bits of the host, in any layout', async () => {
    await fc.assert(
      fc.asyncProperty(anyLayout, keys, async (layout, key) => {
        const { stream } = key;
        const kernel = randomUniform({ layout, stream, low: 0, high: 1 }, device.machine);
        const [, y] = await runKernel(device, kernel, [
          { words: 4, data: randomCounter(key), type: 'u32' },
          { layout },
        ]);
        expect(Array.from(y)).toEqual(
          Array.from(randomBits(layout.shape, key), (bits) => (bits >>> 8) / 2 ** 24),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('uniform and normal: close to float64', async () => {
    await fc.assert(
      fc.asyncProperty(anyLayout, keys, async (layout, key) => {
        const counter = { words: 4, data: randomCounter(key), type: 'u32' } as const;
        const { stream } = key;
        const range = { low: -2, high: 3 };
        const [, u] = await runKernel(device, randomUniform({ layout, stream, ...range }, device.machine), [
          counter,
          { layout },
        ]);
        expectNear(u, randomUniformOracle(layout.shape, range, key), 1e-6);
        const shape = { mean: 0.5, std: 2 };
        const [, z] = await runKernel(device, randomNormal({ layout, stream, ...shape }, device.machine), [
          counter,
          { layout },
        ]);
        expectNear(z, randomNormalOracle(layout.shape, shape, key), 1e-6);
      }),
      { numRuns: 10 },
    );
  });

  it('normal: as close over 65,536 numbers, where the logarithm is near 0 and far from it', async () => {
    const layout = rowMajor([65536]);
    const key = { seed: 20, stream: 3, step: 1 };
    const [, z] = await runKernel(
      device,
      randomNormal({ layout, stream: key.stream, mean: 0, std: 1 }, device.machine),
      [{ words: 4, data: randomCounter(key), type: 'u32' }, { layout }],
    );
    expectClose(z, randomNormalOracle([65536], { mean: 0, std: 1 }, key), 3e-7);
  });
});

describe('random numbers on the host', () => {
  it('have the moments of their distributions', () => {
    const shape = [40000];
    const key = { seed: 5, stream: 1, step: 0 };
    const moments = (values: Float64Array) => {
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const central = (power: number) =>
        values.reduce((sum, v) => sum + (v - mean) ** power, 0) / values.length;
      return [mean, central(2), central(4)];
    };
    const uniform = moments(randomUniformOracle(shape, { low: 0, high: 1 }, key));
    const normal = moments(randomNormalOracle(shape, { mean: 0, std: 1 }, key));
    for (const [found, expected] of [
      [uniform, [1 / 2, 1 / 12, 1 / 80]],
      [normal, [0, 1, 3]],
    ]) {
      for (const [k, value] of expected.entries())
        expect(Math.abs(found[k] - value)).toBeLessThan(0.1 * (value || 0.2));
    }
  });

  it('differ between seeds, streams and steps', () => {
    const key = { seed: 1, stream: 2, step: 3 };
    const first = randomBits([64], key);
    for (const change of [{ seed: 2 ** 32 + 1 }, { stream: 3 }, { step: 4 }]) {
      const other = randomBits([64], { ...key, ...change });
      expect(other.filter((bits, i) => bits === first[i])).toHaveLength(0);
    }
    expect(randomBits([64], key)).toEqual(first);
  });

  it('refuse keys that would be cut off', () => {
    expect(() => randomCounter({ seed: -1, step: 0 })).toThrow(/seed/);
    expect(() => randomCounter({ seed: 0, step: 2 ** 32 })).toThrow(/step/);
    expect(() => randomUniform({ layout: rowMajor([4]), stream: 0.5, low: 0, high: 1 })).toThrow(/stream/);
  });
});
