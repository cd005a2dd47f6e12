import { cumsumOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { cumsum } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { checkRecorded, recorded } from './recorded.ts';

describe.each(await openTestDevices())('cumsum on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('cumsum'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, one, (x, _, dim) => cumsum(x, dim)),
  );

  it('value and gradient along any dimension, in any layout', async () => {
    const drawn = shapes(1, 4).chain((shape) =>
      fc.record({ x: input(shape), dimension: fc.nat(shape.length - 1) }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, async ({ x, dimension }) => {
        await checkOp(runtime, {
          name: 'cumsum',
          inputs: [x],
          op: (a) => cumsum(a, dimension),
          oracle: (a) => cumsumOracle(a, x.shape, dimension),
          shape: x.shape,
          cancels: true,
        });
      }),
      runs(device, 20),
    );
  });

  it('says what does not fit', () => {
    expect(() => cumsum(zeros(runtime, [2, 3]), 2)).toThrow(/cumsum: dimension 2 does not exist/);
  });
});
