import {
  axpy,
  axpyOracle,
  cast,
  castOracle,
  copyRegion,
  copyRegionOracle,
  type ElementType,
  elementCount,
  fill,
  filterLayout,
  imageLayout,
  type Layout,
  pack,
  type Region,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { cleaned, layoutOf, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();

/** A region and two tensors that hold it, with room around it in each dimension. */
const cases = shapes(4)
  .filter((shape) => elementCount(shape) <= 200)
  .chain((region) => {
    const margins = fc.array(fc.constantFrom(0, 0, 1, 2, 3, 4), {
      minLength: 4 * region.length,
      maxLength: 4 * region.length,
    });
    return margins.chain((margin) => {
      const at = (k: number) => region.map((_, dim) => margin[4 * dim + k]);
      const around = (k: number) =>
        region.map((length, dim) => margin[4 * dim + k] + length + margin[4 * dim + k + 1]);
      const [from, to] = [around(0), around(2)];
      return fc.record({
        from: layoutOf(from),
        to: layoutOf(to),
        region: fc.record<Region>({
          size: fc.constant(region),
          fromOffset: fc.constant(at(0)),
          toOffset: fc.constant(at(2)),
          elsewhere: fc.constantFrom('zero', 'keep'),
        }),
        x: numbers(elementCount(from)),
        y: numbers(elementCount(to)),
      });
    });
  });

describe.each(devices)('copies on $name', ({ device }) => {
  it('copyRegion equals the oracle for any region, layouts and treatment of the rest', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ from, to, region, x, y }) => {
        const kernel = copyRegion(from, to, region, device.machine);
        const before = pack(to, y, new Float32Array(to.size));
        // What is set to 0 may hold rubbish, what is kept has clean padding.
        if (region.elsewhere === 'zero') before.fill(77);
        const [, after] = await runKernel(device, kernel, [
          { layout: from, data: x },
          { words: to.size, data: before },
        ]);
        const expected = copyRegionOracle(x, from.shape, y, to.shape, region);
        expectClose(cleaned('copyRegion', to, after), expected, 0);
      }),
      { numRuns: 40 },
    );
  });

  it('concatenates into recycled memory', async () => {
    const concatenate = async (parts: Layout[], to: Layout, dim: number) => {
      const expected = new Float32Array(to.size);
      let words: ArrayLike<number> = new Float32Array(to.size).fill(77);
      let dense: ArrayLike<number> = new Float64Array(elementCount(to.shape));
      let start = 0;
      for (const part of parts) {
        const [x] = fc.sample(numbers(elementCount(part.shape)), 1);
        const toOffset = to.shape.map((_, d) => (d === dim ? start : 0));
        const region: Region = { size: part.shape, toOffset, elsewhere: 'keep' };
        const kernel = copyRegion(part, to, region, device.machine);
        [, words] = await runKernel(device, kernel, [
          { layout: part, data: x },
          { words: to.size, data: words },
        ]);
        dense = copyRegionOracle(x, part.shape, dense, to.shape, region);
        start += part.shape[dim];
      }
      expect(start).toBe(to.shape[dim]);
      expectClose(words, pack(to, dense, expected), 0);
    };
    await concatenate([rowMajor([3, 5]), rowMajor([3, 2]), rowMajor([3, 4])], rowMajor([3, 11]), 1);
    await concatenate([rowMajor([3, 5]), rowMajor([1, 5])], rowMajor([4, 5]), 0);
    await concatenate([imageLayout([2, 5, 3, 3]), imageLayout([2, 1, 3, 3])], imageLayout([2, 6, 3, 3]), 1);
    await concatenate([imageLayout([2, 8, 3, 3]), imageLayout([2, 4, 3, 3])], imageLayout([2, 12, 3, 3]), 1);
  });

  it('fills every element and no padding', async () => {
    for (const layout of [
      rowMajor([]),
      rowMajor([3, 5]),
      imageLayout([2, 5, 3, 3]),
      filterLayout([5, 6, 3, 3]),
    ]) {
      for (const [value, type] of [
        [-0.1, 'f32'],
        [0, 'f32'],
        [4294967295, 'u32'],
        [-2147483648, 'i32'],
      ] as const) {
        const kernel = fill(value, layout, type, device.machine);
        const [y] = await runInto(device, kernel, [], [{ layout, type }]);
        expectClose(y, new Float64Array(y.length).fill(type === 'f32' ? Math.fround(value) : value), 0);
      }
    }
  });

  it('casts between all types', async () => {
    const layout = rowMajor([3, 3]);
    const values: Record<ElementType, number[]> = {
      f32: [0, -0.75, 1.5, -1.5, 3e9, -3e9, 1e20, 16777217, 2147483648],
      u32: [0, 1, 4294967295, 2147483648, 16777217, 3, 4, 5, 6],
      i32: [0, -1, 2147483647, -2147483648, 16777217, -3, 4, 5, 6],
    };
    const types: ElementType[] = ['f32', 'u32', 'i32'];
    for (const from of types) {
      for (const to of types) {
        const kernel = cast(from, to, layout, device.machine);
        const data = values[from];
        const [y] = await runInto(device, kernel, [{ layout, data, type: from }], [{ layout, type: to }]);
        expectClose(y, castOracle(from, to, from === 'f32' ? data.map(Math.fround) : data), 0);
      }
    }
  });

  it('adds multiples of whole buffers', async () => {
    for (const [words, alpha] of [
      [4, 1],
      [52, -0.5],
      [66668, 1],
    ]) {
      const [x, y] = [0, 1].map(() => fc.sample(numbers(words), 1)[0]);
      const [, after] = await runKernel(device, axpy(words, alpha, device.machine), [
        { words, data: x },
        { words, data: y },
      ]);
      expectClose(after, axpyOracle(x, y, alpha), 1e-6);
    }
  });
});

describe('errors of the copies', () => {
  it('name offsets and shapes', () => {
    const region: Region = { size: [2, 2], fromOffset: [0, 2], elsewhere: 'zero' };
    expect(() => copyRegion(rowMajor([2, 3]), rowMajor([2, 2]), region)).toThrow(
      /\[2,2\] at \[0,2\] of \[2,3\] to \[0,0\] of \[2,2\]/,
    );
    expect(() => fill(1.5, rowMajor([2]), 'u32')).toThrow(/1.5 is not a u32/);
    expect(() => fill(Number.NaN, rowMajor([2]))).toThrow(/not a finite float32/);
    expect(() => axpy(6)).toThrow(/multiple of 4/);
  });
});
