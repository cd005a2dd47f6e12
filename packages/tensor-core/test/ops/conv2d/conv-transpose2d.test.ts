import {
  type ConvTranspose2dSpec,
  convTranspose2dForwardOracle,
  convTranspose2dOutputSize,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../../src/fusions/chain.ts';
import { convTranspose2dStep, step } from '../../../src/fusions/steps.ts';
import { convTranspose2d } from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { withRelu } from '../../support/steps.ts';
import { imageLayoutsOf, imageShapes, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { awayFromZero } from '../kinks.ts';

const devices = await openTestDevices();

/** One direction: filter, stride, padding and output padding that leave something of `size` pixels. */
const axis = (size: number) =>
  fc
    .record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 2 }),
      extra: fc.nat(2),
    })
    .map(({ extra, ...rest }) => ({ ...rest, outputPadding: extra % rest.stride }))
    .filter(
      ({ kernel, stride, padding, outputPadding }) =>
        (size - 1) * stride - 2 * padding + kernel + outputPadding > 0,
    );

const cases = imageShapes
  .filter(([, , h, w]) => h <= 4 && w <= 5)
  .chain((image) =>
    fc.record({
      image: fc.constant(image),
      rows: axis(image[2]),
      columns: axis(image[3]),
      outChannels: fc.constantFrom(1, 3, 4, 5),
      withBias: fc.boolean(),
      relu: fc.boolean(),
    }),
  )
  .chain((options) => {
    const { image, outChannels, rows, columns } = options;
    const filter = [image[1], outChannels, rows.kernel, columns.kernel];
    return fc.record({
      options: fc.constant(options),
      x: input(image, { layouts: imageLayoutsOf, frozen: true }),
      weight: input(filter, { low: -1, high: 1, frozen: true }),
      bias: input([outChannels], { frozen: true }),
    });
  });

describe.each(devices)('convTranspose2d on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('value and gradients of images, filters and bias', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ options, x, weight, bias }) => {
        const { image, rows, columns, outChannels, withBias, relu } = options;
        const [batch, inChannels, height, width] = image;
        const both = (key: keyof typeof rows) => [rows[key], columns[key]] as const;
        const moves = {
          stride: both('stride'),
          padding: both('padding'),
          outputPadding: both('outputPadding'),
        };
        const spec: ConvTranspose2dSpec = {
          batch,
          inChannels,
          height,
          width,
          outChannels,
          kernel: both('kernel'),
          ...moves,
        };
        const inputs = withBias ? [x, weight, bias] : [x, weight];
        const plain = (...arrays: Float64Array[]) =>
          convTranspose2dForwardOracle(spec, arrays[0], arrays[1], arrays[2]);
        fc.pre(!relu || awayFromZero(plain(...inputs.map(({ data }) => Float64Array.from(data)))));
        await checkOp(runtime, {
          name: 'convTranspose2d',
          cancels: true,
          inputs,
          op: (images, filters, shift) =>
            chain(images, withRelu(step(convTranspose2dStep, filters, shift ?? null, moves), relu)),
          oracle: (...arrays) => (relu ? plain(...arrays).map((v) => Math.max(v, 0)) : plain(...arrays)),
          shape: [batch, outChannels, ...convTranspose2dOutputSize(spec)],
          step: 1e-6,
        });
      }),
      runs(device, 24),
    );
  });

  it('names the shapes and the fix', () => {
    const x = zeros(runtime, [1, 3, 4, 4]);
    expect(() => convTranspose2d(x, zeros(runtime, [2, 3, 3, 3]), null)).toThrow(
      /convTranspose2d: input has 3 channels but the filter expects 2/,
    );
    expect(() => convTranspose2d(x, zeros(runtime, [3, 2, 3, 3]), zeros(runtime, [3]))).toThrow(
      /bias is \[3\]/,
    );
  });
});
