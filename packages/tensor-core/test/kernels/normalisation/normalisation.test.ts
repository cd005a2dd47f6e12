import {
  elementCount,
  type GroupNormSpec,
  groupNormForward,
  groupNormForwardOracle,
  groupNormGradient,
  groupNormGradientOracle,
  groupNormStatisticsLayout,
  imageLayout,
  type KernelPlan,
  type LayerNormSpec,
  type Layout,
  layerNormForward,
  layerNormForwardOracle,
  layerNormGradient,
  layerNormGradientOracle,
  layerNormStatisticsLayout,
  machines,
  type NormAffine,
  type NormValues,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { centralDifferences, expectWithin, largest, numbers } from '../outputs.ts';
import { runKernelPlan } from '../run-plan.ts';

const devices = await openTestDevices();
const affine = fc.record({ weight: fc.boolean(), bias: fc.boolean() });
const eps = fc.constantFrom(1e-5, 0.1);

/** Images and groups of 1 to all channels: within a vec4, of whole vec4s, and across them. */
const images = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    split: fc.constantFrom(
      [1, 4],
      [4, 1],
      [2, 2],
      [5, 1],
      [2, 3],
      [3, 2],
      [4, 2],
      [3, 4],
      [8, 4],
      [1, 17],
      [2, 8],
    ),
    height: fc.integer({ min: 2, max: 7 }),
    width: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ batch, split: [groups, each], height, width }) => ({
    shape: [batch, groups * each, height, width],
    groups,
  }));

const rows = fc.oneof(
  fc.record({
    shape: fc.tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom(2, 3, 4, 5, 12, 24, 33, 192)),
    dimensions: fc.constant(1),
  }),
  fc.constantFrom(
    { shape: [3, 5, 8], dimensions: 2 },
    { shape: [2, 3, 5, 4], dimensions: 3 },
    { shape: [7, 12], dimensions: 2 },
  ),
);

interface Case {
  readonly x: Layout;
  readonly parameters: readonly number[];
  readonly statistics: Layout;
  readonly forward: KernelPlan;
  readonly gradient: KernelPlan;
  readonly y: (values: NormValues, x: ArrayLike<number>) => ArrayLike<number>;
  readonly gradients: (
    values: NormValues,
    dy: ArrayLike<number>,
    x: ArrayLike<number>,
  ) => Readonly<Record<'dx' | 'dWeight' | 'dBias', ArrayLike<number>>>;
}

function groupCase(spec: GroupNormSpec, machine = machines.gpu as Device['machine']): Case {
  const { x, groups } = spec;
  return {
    x,
    parameters: [x.shape[1]],
    statistics: groupNormStatisticsLayout(x),
    forward: groupNormForward(spec, machine),
    gradient: groupNormGradient(spec, machine),
    y: (values, data) => groupNormForwardOracle(data, x.shape, groups, values),
    gradients: (values, dy, data) => groupNormGradientOracle(dy, data, x.shape, groups, values),
  };
}

function layerCase(spec: LayerNormSpec, machine = machines.gpu as Device['machine']): Case {
  const { x, dimensions } = spec;
  const parameters = x.shape.slice(-dimensions);
  const size = elementCount(parameters);
  return {
    x,
    parameters,
    statistics: layerNormStatisticsLayout(spec),
    forward: layerNormForward(spec, machine),
    gradient: layerNormGradient(spec, machine),
    y: (values, data) => layerNormForwardOracle(data, size, values),
    gradients: (values, dy, data) => layerNormGradientOracle(dy, data, size, values),
  };
}

/** Runs both passes and compares them with the oracles; `offset` is added to x. */
async function agree(
  device: Device,
  one: Case,
  given: NormAffine & { eps: number },
  seed: number,
  offset = 0,
) {
  const [values] = fc.sample(
    fc.record({
      x: numbers(elementCount(one.x.shape), offset - 2, offset + 2),
      dy: numbers(elementCount(one.x.shape), -2, 2),
      weight: numbers(elementCount(one.parameters), -2, 2),
      bias: numbers(elementCount(one.parameters), -2, 2),
    }),
    { numRuns: 1, seed },
  );
  const parameter = rowMajor(one.parameters);
  const weight = given.weight && { weight: { layout: parameter, data: values.weight } };
  const bias = given.bias && { bias: { layout: parameter, data: values.bias } };
  const x = { layout: one.x, data: values.x };
  const numbersOf: NormValues = {
    eps: given.eps,
    ...(given.weight && { weight: values.weight }),
    ...(given.bias && { bias: values.bias }),
  };
  const { y, statistics } = await runKernelPlan(
    device,
    one.forward,
    { x, ...weight, ...bias },
    { y: { layout: one.x }, statistics: { layout: one.statistics } },
  );
  const expected = one.y(numbersOf, values.x);
  // x itself has as many digits fewer as the offset is larger than the deviation, about 1.
  const digits = 4e-6 * (1 + Math.abs(offset) / 8);
  expectWithin(y, expected, Math.max(1, largest(expected)), digits);
  const found = await runKernelPlan(
    device,
    one.gradient,
    {
      ...{ dy: { layout: one.x, data: values.dy }, x, ...weight },
      statistics: { layout: one.statistics, data: statistics },
    },
    {
      dx: { layout: one.x },
      ...(given.weight && { dWeight: { layout: parameter } }),
      ...(given.bias && { dBias: { layout: parameter } }),
    },
  );
  const gradients = one.gradients(numbersOf, values.dy, values.x);
  for (const [name, gradient] of Object.entries(found)) {
    const wanted = gradients[name as 'dx'];
    expectWithin(gradient, wanted, Math.max(1, largest(wanted)), 4 * digits);
  }
}

describe('the oracles of normalisation', () => {
  it('have gradients that agree with central differences', () => {
    fc.assert(
      fc.property(numbers(48), numbers(48), numbers(6), (x, dy, weight) => {
        const shape = [2, 6, 2, 2];
        const values = { eps: 0.1, weight, bias: weight };
        const { dx, dWeight } = groupNormGradientOracle(dy, x, shape, 3, values);
        const f = (moved: ArrayLike<number>) => groupNormForwardOracle(moved, shape, 3, values);
        expectWithin(dx, centralDifferences(f, x, dy), Math.max(1, largest(dx)), 1e-6);
        const ofWeight = (moved: ArrayLike<number>) =>
          groupNormForwardOracle(x, shape, 3, { ...values, weight: moved });
        expectWithin(dWeight, centralDifferences(ofWeight, weight, dy), Math.max(1, largest(dWeight)), 1e-6);
        const rows = layerNormGradientOracle(dy, x, 6, values);
        const g = (moved: ArrayLike<number>) => layerNormForwardOracle(moved, 6, values);
        expectWithin(rows.dx, centralDifferences(g, x, dy), Math.max(1, largest(rows.dx)), 1e-6);
        const ofBias = (moved: ArrayLike<number>) => layerNormForwardOracle(x, 6, { ...values, bias: moved });
        expectWithin(rows.dBias, centralDifferences(ofBias, weight, dy), largest(rows.dBias) + 1, 1e-6);
      }),
      { numRuns: 20 },
    );
  });
});

describe.each(devices)('normalisation on $name', ({ device }) => {
  const seeds = fc.integer();

  it('groupNormForward and groupNormGradient equal their oracles', async () => {
    await fc.assert(
      fc.asyncProperty(images, affine, eps, seeds, async ({ shape, groups }, given, eps, seed) => {
        const spec = { x: imageLayout(shape), groups, eps, ...given };
        await agree(device, groupCase(spec, device.machine), { eps, ...given }, seed);
      }),
      { numRuns: 25 },
    );
  });

  it('layerNormForward and layerNormGradient equal their oracles', async () => {
    await fc.assert(
      fc.asyncProperty(rows, affine, eps, seeds, async ({ shape, dimensions }, given, eps, seed) => {
        const spec = { x: rowMajor(shape), dimensions, eps, ...given };
        await agree(device, layerCase(spec, device.machine), { eps, ...given }, seed);
      }),
      { numRuns: 25 },
    );
  });

  it('an offset that all numbers have in common costs no digits', async () => {
    const given = { eps: 1e-5, weight: true, bias: true };
    const image = groupCase({ x: imageLayout([2, 8, 9, 9]), groups: 2, ...given }, device.machine);
    await agree(device, image, given, 3, 1000);
    const row = layerCase({ x: rowMajor([6, 192]), dimensions: 1, ...given }, device.machine);
    await agree(device, row, given, 4, 1000);
  });
});

it('kernels of normalisation refuse what they cannot walk over', () => {
  const spec = { groups: 2, eps: 1e-5 };
  expect(() => groupNormForward({ ...spec, x: rowMajor([2, 8, 3, 3]) })).toThrow(/convert with relayout/);
  expect(() => groupNormForward({ ...spec, x: imageLayout([2, 2, 3, 3]) })).toThrow(/4 channels or more/);
  expect(() => groupNormGradient({ ...spec, groups: 3, x: imageLayout([2, 8, 3, 3]) })).toThrow(
    /8 channels cannot be split into 3 equal groups/,
  );
  expect(() => layerNormForward({ x: rowMajor([2, 3, 5]), dimensions: 2, eps: 0 })).toThrow(
    /reshape it to \[rows, size\]/,
  );
});
