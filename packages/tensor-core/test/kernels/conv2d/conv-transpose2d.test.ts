import {
  type ConvTranspose2dSpec,
  convTranspose2dBiasGradient,
  convTranspose2dForward,
  convTranspose2dForwardOracle,
  convTranspose2dInputGradient,
  convTranspose2dInputGradientOracle,
  convTranspose2dLayouts,
  convTranspose2dOutputSize,
  convTranspose2dWeightGradient,
  convTranspose2dWeightGradientOracle,
  elementCount,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { dilations, runNamed, scratchMemory, values } from './cases.ts';

const devices = await openTestDevices();
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const channels = fc.constantFrom(1, 3, 4, 5, 17);

const anySpec: fc.Arbitrary<ConvTranspose2dSpec> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inChannels: channels,
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 6 }),
    outChannels: channels,
    kernel: pair(1, 4),
    stride: pair(1, 3),
    padding: pair(0, 2),
    outputPadding: pair(0, 2),
    dilation: dilations,
    groups: fc.constantFrom(1, 1, 2, 3),
  })
  .map(({ inChannels, outChannels, ...rest }) => ({
    ...rest,
    inChannels: rest.groups * inChannels,
    outChannels: rest.groups * outChannels,
  }))
  .filter(
    ({ height, width, kernel, stride, padding, outputPadding, dilation }) =>
      outputPadding.every((extra, d) => extra < stride[d]) &&
      [height, width].every(
        (size, d) =>
          (size - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel[d] - 1) + 1 + outputPadding[d] > 0,
      ),
  );

/** The autoencoder's decoder layers: into many channels and into one. */
const examples = [
  [32, 16, [3, 3], [1, 1]],
  [16, 1, [3, 3], [1, 1]],
  [16, 1, [2, 2], [0, 0]],
].map(([inChannels, outChannels, kernel, outputPadding]): [ConvTranspose2dSpec] => [
  {
    batch: 2,
    inChannels: inChannels as number,
    height: 7,
    width: 7,
    outChannels: outChannels as number,
    kernel: kernel as [number, number],
    stride: [2, 2],
    padding: (kernel as number[])[0] === 3 ? [1, 1] : [0, 0],
    outputPadding: outputPadding as [number, number],
  },
]);

function tensors(spec: ConvTranspose2dSpec) {
  const layouts = convTranspose2dLayouts(spec);
  const data = (name: 'x' | 'weight' | 'bias' | 'y', seed: number) =>
    values(elementCount(layouts[name].shape), seed);
  return { layouts, x: data('x', 1), weight: data('weight', 2), bias: data('bias', 3), dy: data('y', 4) };
}

describe.each(devices)('transposed convolution on $name', ({ device }) => {
  // The kernels speak of the adjoint convolution: its dy is our x, its x our y.
  it('convTranspose2dForward equals its oracle', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        const { layouts, x, weight, bias } = tensors(spec);
        const { kernels, scratch } = convTranspose2dForward(spec, { bias: true }, device.machine);
        const { dx: y } = await runNamed(device, kernels, {
          ...scratchMemory(scratch),
          dy: { layout: layouts.x, data: x },
          weight: { layout: layouts.weight, data: weight },
          bias: { layout: layouts.bias, data: bias },
          dx: { layout: layouts.y },
        });
        expect(layouts.y.shape).toEqual([spec.batch, spec.outChannels, ...convTranspose2dOutputSize(spec)]);
        expectClose(y, convTranspose2dForwardOracle(spec, x, weight, bias));
      }),
      { numRuns: 13, examples },
    );
  });

  it('its gradients equal their oracles', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        const { layouts, x, weight, dy } = tensors(spec);
        const weightPlan = convTranspose2dWeightGradient(spec, device.machine);
        const { dWeight } = await runNamed(device, weightPlan.kernels, {
          x: { layout: layouts.y, data: dy },
          dy: { layout: layouts.x, data: x },
          ...scratchMemory(weightPlan.scratch),
          dWeight: { layout: layouts.weight },
        });
        expectClose(dWeight, convTranspose2dWeightGradientOracle(spec, x, dy));

        const { y: dx } = await runNamed(device, convTranspose2dInputGradient(spec, device.machine).kernels, {
          x: { layout: layouts.y, data: dy },
          weight: { layout: layouts.weight, data: weight },
          y: { layout: layouts.x },
        });
        expectClose(dx, convTranspose2dInputGradientOracle(spec, dy, weight));

        const biasPlan = convTranspose2dBiasGradient(spec, device.machine);
        const { dBias } = await runNamed(device, biasPlan.kernels, {
          dy: { layout: layouts.y, data: dy },
          ...scratchMemory(biasPlan.scratch),
          dBias: { layout: layouts.bias },
        });
        const pixels = layouts.y.shape[2] * layouts.y.shape[3];
        const expected = new Float64Array(spec.outChannels);
        for (let i = 0; i < dy.length; i++) expected[Math.floor(i / pixels) % spec.outChannels] += dy[i];
        expectClose(dBias, expected, 1e-5);
      }),
      { numRuns: 10, examples },
    );
  });

  it('exchanges the channels of the filter first, unless it computes dot products along them', () => {
    const [[spec]] = examples;
    const names = (outChannels: number) =>
      convTranspose2dForward({ ...spec, outChannels }, {}, device.machine).kernels.map(({ name }) => name);
    expect(names(8)).toEqual(['transposeFilter', 'convTranspose2dForward']);
    expect(names(1)).toEqual(['convTranspose2dForward']);
  });
});

describe('transposed convolution oracles', () => {
  it('the gradients equal central differences of the forward pass', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const { x, weight, dy } = tensors(spec);
        const loss = (input: Float64Array, w: Float64Array) =>
          convTranspose2dForwardOracle(spec, input, w).reduce((sum, value, i) => sum + value * dy[i], 0);
        const nudged = (data: Float64Array, at: number, step: number) =>
          data.map((value, i) => (i === at ? value + step : value));
        const dx = convTranspose2dInputGradientOracle(spec, dy, weight);
        const dWeight = convTranspose2dWeightGradientOracle(spec, x, dy);
        for (let i = 0; i < x.length; i += Math.ceil(x.length / 4)) {
          const slope = loss(nudged(x, i, 1e-3), weight) - loss(nudged(x, i, -1e-3), weight);
          expect(dx[i]).toBeCloseTo(slope / 2e-3, 6);
        }
        for (let i = 0; i < weight.length; i += Math.ceil(weight.length / 4)) {
          const slope = loss(x, nudged(weight, i, 1e-3)) - loss(x, nudged(weight, i, -1e-3));
          expect(dWeight[i]).toBeCloseTo(slope / 2e-3, 6);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('refuses output padding that the stride does not allow', () => {
    const [[spec]] = examples;
    expect(() => convTranspose2dForward({ ...spec, outputPadding: [2, 0] })).toThrow(
      /smaller than the stride 2,2/,
    );
    expect(() =>
      convTranspose2dForward({ ...spec, height: 1, padding: [2, 2], outputPadding: [0, 0] }),
    ).toThrow(/leaves no output/);
  });
});
