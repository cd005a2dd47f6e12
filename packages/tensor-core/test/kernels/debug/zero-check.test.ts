import {
  faultKinds,
  faultRecordWords,
  faultWords,
  filterLayout,
  hasZeros,
  imageLayout,
  zeroCheck,
  zeroCheckOracle,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { sameSource } from '../../support/observe.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { layoutOf, shapes } from '../outputs.ts';

const devices = await openTestDevices();

const layouts = fc
  .oneof(shapes(4, 1).chain(layoutOf), shapes(4, 4).map(imageLayout), shapes(4, 4).map(filterLayout))
  .filter(hasZeros);

describe.each(devices)('zeroCheck on $name', ({ device }) => {
  it('counts what is not 0 in padding and tail, and says where one of them is', async () => {
    const cases = layouts.chain((layout) =>
      fc.record({
        layout: fc.constant(layout),
        dirty: fc.array(fc.nat(layout.size + zeroTailWords(layout) - 1), { maxLength: 3 }),
        value: fc.constantFrom(1, -0, Number.NaN, 1e-45),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ layout, dirty, value }) => {
        const words = new Float32Array(layout.size + zeroTailWords(layout));
        for (const at of dirty) words[at] = value;
        const results = await runKernel(device, zeroCheck(layout, device.machine), [
          { words: words.length, data: words },
          { words: 1, data: [41], type: 'u32' },
          { words: faultWords, type: 'u32' },
        ]);
        const found = zeroCheckOracle(layout, words);
        const faults = results[2];
        const start = faultRecordWords * faultKinds.indexOf('notZero');
        expectClose(sameSource(faults.subarray(start, start + 1), faults), [found.length], 0);
        if (found.length === 0) expect([...faults].every((word) => word === 0)).toBe(true);
        else {
          expect(found).toContain(faults[start + 1]);
          const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
          expect([...faults.subarray(start + 2, start + 4)]).toEqual([41, bits]);
        }
      }),
      runs(device, 40),
    );
  });
});
