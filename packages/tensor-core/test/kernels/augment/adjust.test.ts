import {
  type Adjustment,
  adjustImages,
  adjustImagesOracle,
  elementCount,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();
const kinds = fc.constantFrom<Adjustment>('brightness', 'contrast', 'gamma', 'noise');

describe.each(devices)('adjusted images on $name', ({ device }) => {
  it('are those of the oracle, in any layout and normalisation', async () => {
    const cases = fc.tuple(
      kinds,
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 2, 3, 4, 5, 8),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), anyMachine, async ([adjustment, n, c, h, w, each], seed, machine) => {
        fc.pre(adjustment !== 'contrast' || c === 1 || c === 3);
        const shape = [n, c, h, w];
        const layout = imageLayout(shape);
        const next = random(seed);
        const mean = each ? Array.from({ length: c }, (_, k) => 0.2 + 0.1 * k) : 0.5;
        const std = each ? Array.from({ length: c }, (_, k) => 0.25 + 0.05 * k) : 0.5;
        const of = (values: number | number[], k: number) =>
          typeof values === 'number' ? values : values[k];
        // Some values lie outside of black and white, as after other changes.
        const x = Float32Array.from({ length: elementCount(shape) }, (_, i) => {
          const k = Math.floor(i / (h * w)) % c;
          return (0.5 + 0.6 * next() - of(mean, k)) / of(std, k);
        });
        const noise = Float32Array.from(x, () => 2 * next());
        const amounts = Float32Array.from({ length: n }, () => 1 + 0.9 * next());
        const spec = { adjustment, mean, std };
        const means = new Float32Array(n * c);
        for (const [i, value] of x.entries()) means[Math.floor(i / (h * w))] += value / (h * w);
        const besides = {
          contrast: [{ layout: rowMajor([n, c]), data: means }],
          noise: [{ layout, data: noise }],
          brightness: [],
          gamma: [],
        }[adjustment];
        const results = await runKernel(device, adjustImages({ ...spec, layout }, machine), [
          { layout, data: x },
          { layout: rowMajor([n]), data: amounts },
          ...besides,
          { layout, data: x },
        ]);
        expectClose(results.at(-1)!, adjustImagesOracle(x, amounts, { ...spec, shape }, noise), 1e-5);
      }),
      runs(device, 40),
    );
  });

  it('of amount 0 and 1: black, the mean, white and the image itself', async () => {
    const layout = imageLayout([2, 1, 2, 2]);
    const x = [0, 0.25, 0.5, 1, 0, 0.25, 0.5, 1];
    const adjusted = async (adjustment: Adjustment) => {
      const means = { layout: rowMajor([2, 1]), data: [0.4375, 0.4375] };
      const results = await runKernel(
        device,
        adjustImages({ adjustment, layout, mean: 0, std: 1 }, device.machine),
        [
          { layout, data: x },
          { layout: rowMajor([2]), data: [0, 1] },
          ...(adjustment === 'contrast' ? [means] : []),
          { layout, data: x },
        ],
      );
      return [...results.at(-1)!];
    };
    expect(await adjusted('brightness')).toEqual([0, 0, 0, 0, 0, 0.25, 0.5, 1]);
    expectClose(await adjusted('contrast'), [0.4375, 0.4375, 0.4375, 0.4375, 0, 0.25, 0.5, 1], 1e-6);
    // PyTorch: 0^0 is 1; here black stays black.
    expectClose(await adjusted('gamma'), [0, 1, 1, 1, 0, 0.25, 0.5, 1], 1e-6);
  });
});

describe('adjusted images', () => {
  it('refuse contrast of two channels, and lists that do not fit', () => {
    const spec = { adjustment: 'contrast', layout: imageLayout([1, 2, 3, 3]), mean: 0, std: 1 } as const;
    expect(() => adjustImages(spec)).toThrow(/1 or 3 channels/);
    expect(() => adjustImages({ ...spec, adjustment: 'gamma', mean: [0, 1, 2] })).toThrow(/3 numbers for 2/);
  });
});
