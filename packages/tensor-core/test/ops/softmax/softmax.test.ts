import { softmaxForwardOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { logSoftmax, softmax } from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

describe.each(devices)('softmax on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
  ] as const)('%s: value and gradient along the last dimension', async (name, op) => {
    await fc.assert(
      fc.asyncProperty(
        shapes(1, 4).chain((shape) => input(shape, { low: -4, high: 4 })),
        async (x) => {
          await checkOp(runtime, {
            name,
            inputs: [x],
            op,
            oracle: (values) => softmaxForwardOracle(name, values, x.shape.at(-1)!),
            shape: x.shape,
          });
        },
      ),
      runs(device, 18),
    );
  });
});
