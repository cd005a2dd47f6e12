import {
  elementCount,
  type Machine,
  type MatmulSpec,
  matmul,
  matmulLayouts,
  matmulOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { type Memory, runNamed, scratchMemory, values } from '../conv2d/cases.ts';

const devices = await openTestDevices();
const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(13, 16, 17, 31, 32));
const anySpec: fc.Arbitrary<MatmulSpec> = fc.record({
  m: size,
  k: size,
  n: size,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  batch: fc.constantFrom(undefined, 1, 3),
  bias: fc.boolean(),
  relu: fc.boolean(),
});
const transposes = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;
/** k long enough that it is cut, with every remainder of k % 4 that matters. */
const long = transposes.flatMap(([transposeA, transposeB]) =>
  [300, 301].map((k): [MatmulSpec] => [
    { m: 5, k, n: 6, transposeA, transposeB, batch: 2, bias: true, relu: true },
  ]),
);

describe.each(devices)('matmul on $name', ({ device }) => {
  async function check(spec: MatmulSpec, machine: Machine = device.machine): Promise<Float32Array> {
    const layouts = matmulLayouts(spec);
    const a = values(elementCount(layouts.a.shape), 1);
    const b = values(elementCount(layouts.b.shape), 2);
    const bias = values(spec.n, 3);
    const { kernels, scratch } = matmul(spec, machine);
    const memory: Record<string, Memory> = {
      a: { layout: layouts.a, data: a },
      b: { layout: layouts.b, data: b },
      bias: { layout: layouts.bias, data: bias },
      ...scratchMemory(scratch),
      c: { layout: layouts.c },
    };
    const { c } = await runNamed(device, kernels, memory);
    expectClose(c, matmulOracle(spec, a, b, bias));
    return c;
  }

  it('equals its oracle, for every transpose', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        await check(spec);
      }),
      runs(device, 28),
    );
  });

  it('cuts a long k and adds the parts', async () => {
    for (const [spec] of long) {
      expect(matmul(spec).kernels.length).toBe(2);
      await check(spec);
    }
  });

  it('packs a large B where a CPU reads it again and again, with the bits of B as it lies', async () => {
    for (const n of [168, 170, 173]) {
      const spec: MatmulSpec = { m: 67, k: 203, n, bias: true, relu: true };
      const names = matmul(spec, device.machine).kernels.map(({ name }) => name);
      expect(names).toEqual(device.machine.jumps === 'costly' ? ['matmulPack', 'matmul'] : ['matmul']);
      const unpacked: Machine = { ...device.machine, jumps: 'cheap' };
      expect(matmul(spec, unpacked).kernels.length).toBe(1);
      expect(await check(spec)).toEqual(await check(spec, unpacked));
    }
  });

  it('turns large matrices that are stored transposed where a CPU would jump through them', async () => {
    for (const [transposeA, transposeB] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      // Sizes that are no multiples of 4 or of a run of blocks, and with B packed.
      for (const k of [66, 203]) {
        const spec: MatmulSpec = { m: 163, k, n: 181, transposeA, transposeB, bias: true, relu: true };
        const names = matmul(spec, device.machine).kernels.map(({ name }) => name);
        const count = names.filter((name) => name === 'matmulTurn').length;
        expect(count).toBe(device.machine.jumps === 'costly' ? Number(transposeA) + Number(transposeB) : 0);
        await check(spec);
      }
    }
    const batched: MatmulSpec = { m: 163, k: 66, n: 181, transposeB: true, batch: 2 };
    expect(matmul(batched, device.machine).kernels.map(({ name }) => name)).not.toContain('matmulTurn');
  });

  it('adds to what is there when asked to', async () => {
    for (const k of [7, 300]) {
      const spec: MatmulSpec = { m: 5, k, n: 7, accumulate: true };
      const layouts = matmulLayouts(spec);
      const [a, b, before] = [values(5 * k, 1), values(7 * k, 2), values(35, 3)];
      const { kernels, scratch } = matmul(spec, device.machine);
      const { c } = await runNamed(device, kernels, {
        a: { layout: layouts.a, data: a },
        b: { layout: layouts.b, data: b },
        ...scratchMemory(scratch),
        c: { layout: layouts.c, data: before, written: true },
      });
      expectClose(c, matmulOracle(spec, a, b, undefined, before));
    }
  });

  it('any tile gives the same result', async () => {
    const [a, b] = [values(19 * 23, 1), values(23 * 29, 2)];
    for (const [transposeA, transposeB] of transposes) {
      const spec: MatmulSpec = { m: 19, k: 23, n: 29, transposeA, transposeB };
      const layouts = matmulLayouts(spec);
      for (const [rows, columns4] of [
        [1, 1],
        [4, 3],
        [8, 2],
        [3, 5],
      ]) {
        const { c } = await runNamed(device, matmul(spec, device.machine, { rows, columns4 }).kernels, {
          a: { layout: layouts.a, data: a },
          b: { layout: layouts.b, data: b },
          c: { layout: layouts.c },
        });
        expectClose(c, matmulOracle(spec, a, b));
      }
    }
  });
});

describe('matmul shapes', () => {
  it('refuses empty matrices', () => {
    expect(() => matmul({ m: 0, k: 1, n: 1 })).toThrow(/positive integers, got m 0, k 1, n 1/);
  });
});
