import { elementCount } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { full } from '../../../src/ops/index.ts';
import { openTestDevices } from '../../support/devices.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { layoutsOf, shapes } from '../arbitrary.ts';
import { expectZeroPadding } from '../check-op.ts';

const devices = await openTestDevices();

describe.each(devices)('full on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('holds one value everywhere but in the padding', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(0, 4).chain((shape) => layoutsOf(shape)),
        fc.constantFrom('f32', 'u32', 'i32' as const),
        async (layout, dtype) => {
          const x = full(runtime, layout, 7, dtype);
          expect(x.dtype).toBe(dtype);
          await expectZeroPadding(x, 'full');
          const expected = new Float64Array(elementCount(layout.shape)).fill(7);
          expectClose(fromOp(await x.array(), device, 'full', 'value'), expected, 0);
        },
      ),
      runs(device, 12),
    );
    expect(full(runtime, [2, 3], 1).shape).toEqual([2, 3]);
  });
});
