import {
  avgPool2dForwardOracle,
  maxPool2dForwardOracle,
  type Pool2dSpec,
  pool2dOutputSize,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { type AvgPool2dOptions, avgPool2d, maxPool2d, type Pool2dOptions } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { imageLayoutsOf, imageShapes, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { checkWindows, recordedWindows } from '../recorded-windows.ts';

const devices = await openTestDevices();

const window = fc
  .record({
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.nat(1),
    dilation: fc.constantFrom(1, 1, 2),
  })
  .map(({ padding, ...rest }) => ({ ...rest, padding: Math.min(padding, Math.floor(rest.size / 2)) }));

const cases = fc
  .record({
    image: imageShapes,
    rows: window,
    columns: window,
    ceilMode: fc.boolean(),
    countIncludePad: fc.boolean(),
    divisorOverride: fc.constantFrom(undefined, undefined, 5),
  })
  .filter(
    ({ image, rows, columns }) =>
      image[2] + 2 * rows.padding > rows.dilation * (rows.size - 1) + (rows.dilation - 1) * rows.padding &&
      image[3] + 2 * columns.padding >
        columns.dilation * (columns.size - 1) + (columns.dilation - 1) * columns.padding,
  )
  .chain((options) =>
    fc.record({ options: fc.constant(options), x: input(options.image, { layouts: imageLayoutsOf }) }),
  );

describe.each(devices)('pooling on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(['maxPool2d', 'avgPool2d'] as const)('%s: value and gradient', async (name) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ options, x }) => {
        const { image, rows, columns, ceilMode, countIncludePad, divisorOverride } = options;
        const [batch, channels, height, width] = image;
        const kernel = [rows.size, columns.size] as const;
        const stride = [rows.stride, columns.stride] as const;
        const padding = [rows.padding, columns.padding] as const;
        const isMax = name === 'maxPool2d';
        const dilation = isMax ? ([rows.dilation, columns.dilation] as const) : undefined;
        const sizes = { batch, channels, height, width, kernel, stride, padding };
        const spec: Pool2dSpec = { ...sizes, dilation, ceilMode };
        const pooling = { kernelSize: kernel, stride, padding, ceilMode };
        const means = { countIncludePad, divisorOverride };
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (images) =>
            isMax ? maxPool2d(images, { ...pooling, dilation }) : avgPool2d(images, { ...pooling, ...means }),
          oracle: (values) =>
            isMax
              ? maxPool2dForwardOracle(values, spec).y
              : avgPool2dForwardOracle(values, { ...sizes, ceilMode, ...means }),
          shape: [batch, channels, ...pool2dOutputSize(spec)],
          step: 1e-6,
        });
      }),
      runs(device, 20),
    );
  });

  it.each(recordedWindows('maxPool2d'))('PyTorch: $title', (recorded) =>
    checkWindows(runtime, (x, _, __, options: Pool2dOptions) => maxPool2d(x, options), recorded),
  );

  it.each(recordedWindows('avgPool2d'))('PyTorch: $title', (recorded) =>
    checkWindows(runtime, (x, _, __, options: AvgPool2dOptions) => avgPool2d(x, options), recorded),
  );

  it('the first of equal values wins the gradient', async () => {
    const x = tensor(runtime, [1, 1, 1, 1], [1, 1, 2, 2]).requiresGrad_();
    backward(maxPool2d(x, { kernelSize: 2 }), tensor(runtime, [3], [1, 1, 1, 1]));
    expect([...(await x.grad!.array())]).toEqual([3, 0, 0, 0]);
  });

  it('says what it expects', () => {
    expect(() => maxPool2d(zeros(runtime, [4, 4]), { kernelSize: 2 })).toThrow(/maxPool2d: expected images/);
    const x = zeros(runtime, [1, 1, 1, 1]);
    expect(() => avgPool2d(x, { kernelSize: 2 })).toThrow(/does not fit/);
    expect(() => avgPool2d(x, { kernelSize: 1, divisorOverride: 0 })).toThrow(
      /avgPool2d: divisorOverride must be a whole number other than 0, not 0/,
    );
    expect(() => maxPool2d(x, { kernelSize: 1, dilation: NaN })).toThrow(/maxPool2d: dilation must be/);
  });
});
