import {
  type ConvTranspose2dSpec,
  convTranspose2dForwardOracle,
  convTranspose2dOutputSize,
  elementCount,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../../src/fusions/chain.ts';
import { convTranspose2dStep, step } from '../../../src/fusions/steps.ts';
import { Runtime } from '../../../src/index.ts';
import { concat, convTranspose2d, pad, slice } from '../../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { random } from '../../support/random.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { withRelu } from '../../support/steps.ts';
import { imageLayoutsOf, imageShapes, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { awayFromZero } from '../kinks.ts';
import { checkWindows, recordedWindows } from '../recorded-windows.ts';

const devices = await openTestDevices();

/** One direction: filter, stride, padding and output padding that leave something of `size` pixels. */
const axis = (size: number) =>
  fc
    .record({
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.integer({ min: 0, max: 2 }),
      dilation: fc.constantFrom(1, 1, 2, 3),
      extra: fc.nat(2),
    })
    .map(({ extra, ...rest }) => ({ ...rest, outputPadding: extra % rest.stride }))
    .filter(
      ({ kernel, stride, padding, dilation, outputPadding }) =>
        (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + outputPadding > 0,
    );

const cases = imageShapes
  .filter(([, , h, w]) => h <= 4 && w <= 5)
  .chain((image) =>
    fc.record({
      image: fc.constant(image),
      rows: axis(image[2]),
      columns: axis(image[3]),
      groups: fc.constantFrom(1, 1, 2, 3),
      outChannels: fc.constantFrom(1, 3, 4, 5),
      withBias: fc.boolean(),
      relu: fc.boolean(),
    }),
  )
  .chain((options) => {
    const { groups, rows, columns } = options;
    const [batch, groupChannels, ...size] = options.image;
    const image = [batch, groups * groupChannels, ...size];
    const filter = [image[1], options.outChannels, rows.kernel, columns.kernel];
    const outChannels = groups * options.outChannels;
    return fc.record({
      options: fc.constant({ ...options, image, outChannels }),
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
        const { image, rows, columns, groups, outChannels, withBias, relu } = options;
        const [batch, inChannels, height, width] = image;
        const both = (key: keyof typeof rows) => [rows[key], columns[key]] as const;
        const moves = {
          stride: both('stride'),
          padding: both('padding'),
          dilation: both('dilation'),
          outputPadding: both('outputPadding'),
          groups,
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

  it.each(recordedWindows('convTranspose2d'))('PyTorch: $title', (recorded) =>
    checkWindows(runtime, convTranspose2d, recorded),
  );

  it('output padding beyond the stride, up to the dilation, shows rows that padding took', async () => {
    const next = random(3);
    const filled = (...shape: number[]) =>
      tensor(runtime, Float32Array.from({ length: elementCount(shape) }, next), shape);
    const [x, weight] = [filled(2, 5, 4, 3), filled(5, 4, 3, 2)];
    const moves = { stride: [1, 2], dilation: [3, 4] } as const;
    const all = convTranspose2d(x, weight, null, moves);
    const y = convTranspose2d(x, weight, null, { ...moves, padding: [1, 2], outputPadding: [2, 3] });
    expect(all.shape).toEqual([2, 4, 10, 9]);
    expect(y.shape).toEqual([2, 4, 10, 8]);
    // From row 1 and column 2 on; a row and a column of zeros are new.
    const seen = pad(slice(slice(all, 2, 1, 10), 3, 2, 9), [0, 1, 0, 1]);
    expectClose(await y.array(), await seen.array());
  });

  it('groups are transposed convolutions of their own', async () => {
    const next = random(4);
    const filled = (...shape: number[]) =>
      tensor(runtime, Float32Array.from({ length: elementCount(shape) }, next), shape);
    const [x, weight, bias] = [filled(2, 6, 4, 3), filled(6, 2, 3, 3), filled(6)];
    const y = convTranspose2d(x, weight, bias, { stride: 2, groups: 3 });
    const apart = [0, 1, 2].map((g) => {
      const own = (of: Tensor, dim: number) => slice(of, dim, 2 * g, 2 * g + 2);
      return convTranspose2d(own(x, 1), own(weight, 0), own(bias, 0), { stride: 2 });
    });
    expectClose(await y.array(), await concat(apart, 1).array());
  });

  it('names the shapes and the fix', () => {
    const x = zeros(runtime, [1, 3, 4, 4]);
    expect(() => convTranspose2d(x, zeros(runtime, [3, 2, 3, 3]), null, { groups: 2 })).toThrow(
      /3 input channels cannot be split into 2 equal groups .*\[1,3,4,4\].*\[3,2,3,3\]/,
    );
    const outputPadding = 2;
    expect(() => convTranspose2d(x, zeros(runtime, [3, 2, 3, 3]), null, { outputPadding })).toThrow(
      /outputPadding is 2,2, but must be smaller than the stride 1,1 or the dilation 1,1/,
    );
    expect(() => convTranspose2d(x, zeros(runtime, [2, 3, 3, 3]), null)).toThrow(
      /convTranspose2d: input has 3 channels but the filter expects 2/,
    );
    expect(() => convTranspose2d(x, zeros(runtime, [3, 2, 3, 3]), zeros(runtime, [3]))).toThrow(
      /bias is \[3\]/,
    );
  });
});
