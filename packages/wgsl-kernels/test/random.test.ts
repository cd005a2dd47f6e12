import { describe, expect, it } from 'vitest';
import { dropout, dropout2d, imageLayout, randomNormal, randomUniform, rowMajor } from '../src/index.ts';

describe('generated WGSL of random kernels', () => {
  it('fills', () => {
    const spec = { layout: rowMajor([10, 10]), stream: 7 };
    expect(randomUniform({ ...spec, low: -1, high: 1 }).wgsl).toMatchSnapshot('uniform');
    expect(randomNormal({ ...spec, mean: 0, std: 0.1 }).wgsl).toMatchSnapshot('normal');
  });

  it('dropout', () => {
    const shape = [64, 32, 7, 7];
    const spec = { p: 0.2, stream: 1 };
    expect(dropout({ ...spec, layout: imageLayout(shape) }).wgsl).toMatchSnapshot('usual layout');
    expect(dropout({ ...spec, layout: rowMajor(shape) }).wgsl).toMatchSnapshot('another layout');
    expect(dropout2d({ ...spec, layout: imageLayout(shape) }).wgsl).toMatchSnapshot('channels');
    expect(dropout2d({ ...spec, layout: imageLayout([4, 3, 5, 5]) }).wgsl).toMatchSnapshot('planar channels');
  });
});
