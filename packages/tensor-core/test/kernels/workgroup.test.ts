import {
  type Conv2dSpec,
  type ConvTile,
  conv2dForward,
  conv2dForwardOracle,
  conv2dForwardWorkgroup,
  conv2dInputGradientOracle,
  conv2dInputGradientWorkgroup,
  conv2dLayouts,
  elementCount,
  type Machine,
  type MatmulSpec,
  type MatmulTile,
  machines,
  matmul,
  matmulLayouts,
  matmulOracle,
  matmulWorkgroup,
  tunedMachine,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../support/devices.ts';
import { expectClose } from '../support/run-kernel.ts';
import { anyConv2d, runNamed, scratchMemory, specialConv2ds, values } from './conv2d/cases.ts';

const devices = await openTestDevices();

/** Both sides have 4 channels or more: the form that has a variant with workgroup memory. */
const vectors = ({ inChannels, outChannels }: Conv2dSpec) => inChannels >= 4 && outChannels >= 4;
const examples = specialConv2ds.filter(vectors);
const anySpec = anyConv2d.map((spec) => ({
  ...spec,
  inChannels: spec.inChannels < 4 ? 4 * spec.inChannels + 2 : spec.inChannels,
  outChannels: spec.outChannels < 4 ? 16 * spec.outChannels : spec.outChannels,
}));
const anyTile: fc.Arbitrary<ConvTile> = fc.constantFrom(
  { pixels: 4, channels4: 1, across: 8, workgroupSize: 64 },
  { pixels: 4, channels4: 2, across: 4, workgroupSize: 32 },
  { pixels: 2, channels4: 1, across: 2, workgroupSize: 16 },
  { pixels: 8, channels4: 1, across: 16, workgroupSize: 128 },
);
const small: ConvTile = { pixels: 2, channels4: 2, across: 4, workgroupSize: 16 };
/** Compiling dominates: few cases, each of another kind. */
const runs = { numRuns: 6 + examples.length };

describe.each(devices)('workgroup memory on $name', ({ device }) => {
  it('conv2dForwardWorkgroup equals its oracle', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, fc.boolean(), anyTile, async (spec, extras, tile) => {
        const { x, weight, bias, y } = conv2dLayouts(spec);
        const data = [x, weight, bias].map(({ shape }, seed) => values(elementCount(shape), seed + 1));
        const kernel = conv2dForwardWorkgroup(spec, { bias: extras, relu: extras }, tile);
        const written = await runNamed(device, [kernel], {
          x: { layout: x, data: data[0] },
          weight: { layout: weight, data: data[1] },
          bias: { layout: bias, data: data[2] },
          y: { layout: y },
        });
        const expected = conv2dForwardOracle(spec, data[0], data[1], extras ? data[2] : undefined, extras);
        expectClose(written.y, expected);
      }),
      { ...runs, examples: examples.map((spec): [Conv2dSpec, boolean, ConvTile] => [spec, true, small]) },
    );
  });

  it('conv2dInputGradientWorkgroup equals its oracle', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, anyTile, async (spec, tile) => {
        const { x, inputGradientWeight, y } = conv2dLayouts(spec);
        const [dy, transposed] = [y, inputGradientWeight].map(({ shape }, seed) =>
          values(elementCount(shape), seed + 1),
        );
        const { dx } = await runNamed(device, [conv2dInputGradientWorkgroup(spec, {}, tile)], {
          dy: { layout: y, data: dy },
          transposed: { layout: inputGradientWeight, data: transposed },
          dx: { layout: x },
        });
        // The oracle itself is compared with central differences in conv2d.test.ts.
        expectClose(dx, conv2dInputGradientOracle(spec, dy, transposed));
      }),
      { ...runs, examples: examples.map((spec): [Conv2dSpec, ConvTile] => [spec, small]) },
    );
  });

  it('matmulWorkgroup equals its oracle, for every transpose', async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(13, 17, 32, 67));
    const anyProduct: fc.Arbitrary<MatmulSpec> = fc.record({
      m: size,
      k: size,
      n: size,
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      batch: fc.constantFrom(undefined, 1, 3),
      bias: fc.boolean(),
      relu: fc.boolean(),
    });
    const anyProductTile: fc.Arbitrary<MatmulTile> = fc.constantFrom(
      { rows: 4, columns4: 1, across: 8, workgroupSize: 64 },
      { rows: 3, columns4: 2, across: 2, workgroupSize: 8 },
      { rows: 1, columns4: 1, across: 4, workgroupSize: 16 },
    );
    // k long enough that it is cut, and a remainder of k % 4.
    const long = [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB): [MatmulSpec, MatmulTile] => [
        { m: 5, k: 301, n: 22, transposeA, transposeB, batch: 2, bias: true, relu: true },
        { rows: 4, columns4: 1, across: 4, workgroupSize: 8 },
      ]),
    );
    await fc.assert(
      fc.asyncProperty(anyProduct, anyProductTile, async (spec, tile) => {
        const layouts = matmulLayouts(spec);
        const [a, b, bias] = [layouts.a, layouts.b, layouts.bias].map(({ shape }, seed) =>
          values(elementCount(shape), seed + 1),
        );
        const { kernels, scratch } = matmulWorkgroup(spec, device.machine, tile);
        const { c } = await runNamed(device, kernels, {
          a: { layout: layouts.a, data: a },
          b: { layout: layouts.b, data: b },
          bias: { layout: layouts.bias, data: bias },
          ...scratchMemory(scratch),
          c: { layout: layouts.c },
        });
        expectClose(c, matmulOracle(spec, a, b, bias));
      }),
      { numRuns: 8 + long.length, examples: long },
    );
  });
});

describe('tiles with workgroup memory', () => {
  const spec: Conv2dSpec = { ...specialConv2ds[3] };

  it('are built for tuned machines only', () => {
    const tile = { across: 8, workgroupSize: 64 };
    const product = (machine: Machine) =>
      matmul({ m: 64, k: 64, n: 64 }, machine, { rows: 4, columns4: 1, ...tile });
    const convolution = (machine: Machine) =>
      conv2dForward(spec, {}, machine, { form: 'workgroup', pixels: 4, channels4: 1, ...tile });
    for (const [name, build] of Object.entries({ matmul: product, conv2dForward: convolution })) {
      expect(() => build(machines.gpu)).toThrow(
        `${name}: tiles in workgroup memory, and lists of tiles, need`,
      );
      expect(build(tunedMachine(machines.gpu)).kernels[0].name).toBe(`${name}Workgroup`);
    }
  });

  it('keep within the limits that WebGPU guarantees', () => {
    expect(() =>
      conv2dForwardWorkgroup(spec, {}, { pixels: 4, channels4: 1, across: 6, workgroupSize: 64 }),
    ).toThrow(/workgroupSize 64, across 6/);
    expect(() =>
      conv2dForwardWorkgroup(spec, {}, { pixels: 16, channels4: 8, across: 32, workgroupSize: 256 }),
    ).toThrow(/exceed 16 KiB/);
    expect(() => conv2dForwardWorkgroup({ ...spec, inChannels: 1 })).toThrow(
      /at least 4 channels; use conv2dForward/,
    );
    expect(() =>
      matmulWorkgroup({ m: 64, k: 64, n: 64 }, undefined, {
        rows: 4,
        columns4: 1,
        across: 512,
        workgroupSize: 512,
      }),
    ).toThrow(/at most 256 invocations/);
  });
});
