import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { pixelShuffle, pixelUnshuffle } from '../../../src/ops/index.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { permuted } from '../oracles.ts';
import { checkRecorded, recorded } from './checks.ts';

describe.each(await openTestDevices())('pixel shuffle on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('pixelShuffle'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, pixelShuffle, one),
  );
  it.each(recorded('pixelUnshuffle'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, pixelUnshuffle, one),
  );

  it.each([
    ['pixelShuffle', pixelShuffle, [2, 8, 3, 5], [2, 2, 2, 2, 3, 5], [0, 1, 4, 2, 5, 3], [2, 2, 6, 10]],
    ['pixelUnshuffle', pixelUnshuffle, [2, 2, 6, 4], [2, 2, 3, 2, 2, 2], [0, 1, 3, 5, 2, 4], [2, 8, 3, 2]],
  ] as const)('%s: value and gradient', async (name, op, shape, split, order, to) => {
    await fc.assert(
      fc.asyncProperty(input(shape), async (x) => {
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (a) => op(a, 2),
          oracle: (a) => permuted(a, split, order),
          shape: to,
        });
      }),
      runs(device, 3),
    );
  });
});
