import {
  avgPool2dForwardOracle,
  maxPool2dForwardOracle,
  type Pool2dSpec,
  pool2dOutputSize,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { avgPool2d, maxPool2d } from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { imageLayoutsOf, imageShapes, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

const window = fc
  .record({
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.nat(1),
  })
  .map(({ padding, ...rest }) => ({ ...rest, padding: Math.min(padding, Math.floor(rest.size / 2)) }));

const cases = fc
  .record({ image: imageShapes, rows: window, columns: window, countIncludePad: fc.boolean() })
  .filter(
    ({ image, rows, columns }) =>
      image[2] + 2 * rows.padding >= rows.size && image[3] + 2 * columns.padding >= columns.size,
  )
  .chain((options) =>
    fc.record({ options: fc.constant(options), x: input(options.image, { layouts: imageLayoutsOf }) }),
  );

describe.each(devices)('pooling on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(['maxPool2d', 'avgPool2d'] as const)('%s: value and gradient', async (name) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ options, x }) => {
        const { image, rows, columns, countIncludePad } = options;
        const [batch, channels, height, width] = image;
        const kernel = [rows.size, columns.size] as const;
        const stride = [rows.stride, columns.stride] as const;
        const padding = [rows.padding, columns.padding] as const;
        const spec: Pool2dSpec = { batch, channels, height, width, kernel, stride, padding };
        const pooling = { kernelSize: kernel, stride, padding };
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (images) =>
            name === 'maxPool2d'
              ? maxPool2d(images, pooling)
              : avgPool2d(images, { ...pooling, countIncludePad }),
          oracle: (values) =>
            name === 'maxPool2d'
              ? maxPool2dForwardOracle(values, spec).y
              : avgPool2dForwardOracle(values, { ...spec, countIncludePad }),
          shape: [batch, channels, ...pool2dOutputSize(spec)],
          step: 1e-6,
        });
      }),
      runs(device, 20),
    );
  });

  it('the first of equal values wins the gradient', async () => {
    const x = tensor(runtime, [1, 1, 1, 1], [1, 1, 2, 2]).requiresGrad_();
    backward(maxPool2d(x, { kernelSize: 2 }), tensor(runtime, [3], [1, 1, 1, 1]));
    expect([...(await x.grad!.array())]).toEqual([3, 0, 0, 0]);
  });

  it('says what it expects', () => {
    expect(() => maxPool2d(zeros(runtime, [4, 4]), { kernelSize: 2 })).toThrow(/maxPool2d: expected images/);
    expect(() => avgPool2d(zeros(runtime, [1, 1, 1, 1]), { kernelSize: 2 })).toThrow(/does not fit/);
  });
});
