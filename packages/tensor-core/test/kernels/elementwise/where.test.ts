import { elementCount, where, whereOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { layoutOf, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();

/** Three operands, one of the whole shape and the others stretched to it, and the result's layout. */
const cases = shapes().chain((shape) => {
  const operand = (own: readonly number[]) =>
    fc.record({ layout: layoutOf(own), data: numbers(elementCount(own), -2, 2, 5) });
  const stretched = fc
    .constantFrom(shape, [], ...[0, 1].map((odd) => shape.map((size, d) => (d % 2 === odd ? size : 1))))
    .chain(operand);
  const first = fc.tuple(operand(shape), stretched, stretched);
  return fc.tuple(first, fc.integer({ min: 0, max: 2 }), layoutOf(shape));
});

describe.each(devices)('where on $name', ({ device }) => {
  it('equals the oracle in any layouts', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([operands, turn, out]) => {
        const [condition, a, b] = [...operands.slice(turn), ...operands.slice(0, turn)];
        const kernel = where(condition.layout, a.layout, b.layout, out, device.machine);
        const [y] = await runInto(device, kernel, [condition, a, b], [{ layout: out }]);
        const dense = [condition, a, b].map(({ layout, data }) => ({ data, shape: layout.shape }));
        expectClose(y, whereOracle(dense[0], dense[1], dense[2]), 0);
      }),
      { numRuns: 40 },
    );
  });
});
