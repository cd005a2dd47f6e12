import {
  type Conv2dSpec,
  conv2dForms,
  conv2dForward,
  conv2dForwardOracle,
  conv2dInputGradient,
  conv2dInputGradientOracle,
  conv2dLayouts,
  conv2dWeightGradient,
  conv2dWeightGradientOracle,
  elementCount,
  machines,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runNamed, scratchMemory, values } from './cases.ts';

const devices = await openTestDevices();
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Depthwise convolutions: images that are narrower than the filter, strides beyond it, several outputs a channel. */
const depthwise: fc.Arbitrary<Conv2dSpec> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inChannels: fc.constantFrom(4, 5, 8, 11, 16),
    height: fc.integer({ min: 1, max: 19 }),
    width: fc.integer({ min: 1, max: 19 }),
    multiplier: fc.constantFrom(1, 1, 1, 2, 3, 4),
    kernel: pair(1, 7),
    stride: fc.oneof(pair(1, 2), pair(1, 8)),
    padding: pair(0, 6),
  })
  .map(({ multiplier, ...spec }) => ({
    ...spec,
    groups: spec.inChannels,
    outChannels: multiplier * spec.inChannels,
    padding: [0, 1].map((d) => spec.padding[d] % spec.kernel[d]) as [number, number],
  }))
  .filter(
    ({ height, width, kernel, padding }) =>
      height + 2 * padding[0] >= kernel[0] && width + 2 * padding[1] >= kernel[1],
  );

const usual: Conv2dSpec = {
  batch: 2,
  inChannels: 8,
  height: 14,
  width: 14,
  outChannels: 8,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  groups: 8,
};
/**
 * Both of MobileNet's, more images than slices, a filter whose rows are summed by themselves, rows that are walked
 * through in parts, and more sums than a slice takes.
 */
const examples: readonly Conv2dSpec[] = [
  usual,
  { ...usual, stride: [2, 2] },
  { ...usual, batch: 41, height: 7, width: 5 },
  { ...usual, inChannels: 5, outChannels: 5, groups: 5, width: 30, kernel: [7, 5], padding: [3, 2] },
  { ...usual, height: 5, width: 47 },
  { ...usual, height: 6, width: 91, kernel: [5, 5], stride: [2, 2], padding: [2, 2] },
  { ...usual, inChannels: 4, outChannels: 4, groups: 4, batch: 28, height: 100, width: 40 },
];

describe.each(devices)('depthwise convolution on $name', ({ device }) => {
  it('y, dx and dWeight equal the oracles', async () => {
    await fc.assert(
      fc.asyncProperty(depthwise, fc.boolean(), async (spec, extras) => {
        const { machine } = device;
        const form = 'depthwise';
        expect(conv2dForms(spec, machine)).toEqual({
          forward: form,
          inputGradient: form,
          weightGradient: form,
        });
        const layouts = conv2dLayouts(spec);
        const data = (name: 'x' | 'weight' | 'bias' | 'y', seed: number) => ({
          layout: layouts[name],
          data: values(elementCount(layouts[name].shape), seed),
        });
        const [x, weight, bias, dy] = [data('x', 1), data('weight', 2), data('bias', 3), data('y', 4)];
        const end = { bias: extras, relu: extras };
        const { y } = await runNamed(device, conv2dForward(spec, end, machine).kernels, {
          ...{ x, weight, bias, y: { layout: layouts.y } },
        });
        expectClose(
          y,
          conv2dForwardOracle(spec, x.data, weight.data, extras ? bias.data : undefined, extras),
        );

        const { dx } = await runNamed(device, conv2dInputGradient(spec, {}, machine).kernels, {
          ...{ dy, weight, dx: { layout: layouts.x } },
        });
        expectClose(dx, conv2dInputGradientOracle(spec, dy.data, weight.data));

        const plan = conv2dWeightGradient(spec, machine);
        const { dWeight } = await runNamed(device, plan.kernels, {
          ...{ x, dy, ...scratchMemory(plan.scratch), dWeight: { layout: layouts.weight } },
        });
        expectClose(dWeight, conv2dWeightGradientOracle(spec, x.data, dy.data));
      }),
      { numRuns: 30, examples: examples.map((spec): [Conv2dSpec, boolean] => [spec, true]) },
    );
  });
});

it('other groups, huge filters and wide padding take the plain kernels', () => {
  const formOf = (other: Partial<Conv2dSpec>) => conv2dForms({ ...usual, ...other }, machines.cpu).forward;
  expect(formOf({ groups: 4 })).toBe('plain');
  expect(formOf({ inChannels: 3, outChannels: 3, groups: 3 })).toBe('plain');
  expect(formOf({ kernel: [8, 3] })).toBe('plain');
  expect(formOf({ padding: [3, 1] })).toBe('plain');
  expect(formOf({ stride: [1, 9] })).toBe('plain');
  expect(formOf({})).toBe('depthwise');
});
