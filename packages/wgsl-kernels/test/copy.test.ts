import { describe, expect, it } from 'vitest';
import { axpy, copyRegion, fill, imageLayout, machines, reshape, rowMajor } from '../src/index.ts';

const tuning = { ...machines.softwareGpu, workgroupSize: 16 };

describe('WGSL of the copies', () => {
  it('a slice of channels, moved as vec4s', () => {
    const region = { size: [2, 4, 3, 3], fromOffset: [0, 4, 0, 0], elsewhere: 'zero' } as const;
    const kernel = copyRegion(imageLayout([2, 12, 3, 3]), imageLayout([2, 4, 3, 3]), region, tuning);
    expect(kernel.wgsl).toMatchSnapshot();
  });
  it('the second part of a concatenation of columns', () => {
    const region = { size: [3, 4], toOffset: [0, 3], elsewhere: 'keep' } as const;
    expect(copyRegion(rowMajor([3, 4]), rowMajor([3, 7]), region, tuning).wgsl).toMatchSnapshot();
  });
  it('the gradient of a slice of rows', () => {
    const region = { size: [2, 5], toOffset: [1, 0], elsewhere: 'zero' } as const;
    expect(copyRegion(rowMajor([2, 5]), rowMajor([4, 5]), region, tuning).wgsl).toMatchSnapshot();
  });
  it('images flattened to rows, and back', () => {
    const [images, rows] = [imageLayout([2, 8, 3, 2]), rowMajor([2, 48])];
    expect(reshape(images, rows, tuning).wgsl).toMatchSnapshot('to rows');
    expect(reshape(rows, images, tuning).wgsl).toMatchSnapshot('to images');
  });
  it('fill and axpy', () => {
    expect(fill(1, rowMajor([2, 5]), 'f32', tuning).wgsl).toMatchSnapshot();
    expect(axpy(100_000, 1, tuning).wgsl).toMatchSnapshot();
  });
});
