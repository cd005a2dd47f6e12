import { describe, expect, it } from 'vitest';
import { binaryForward, imageLayout, machines, rowMajor, unaryForward, unaryGradient } from '../src/index.ts';

describe('WGSL of the elementwise kernels', () => {
  it('relu over an unpadded tensor, several vec4s per invocation', () => {
    expect(
      unaryForward('relu', rowMajor([64, 512]), { ...machines.softwareGpu, workgroupSize: 16 }).wgsl,
    ).toMatchSnapshot();
  });
  it('sigmoid over a padded image', () => {
    expect(unaryForward('sigmoid', imageLayout([2, 5, 3, 3])).wgsl).toMatchSnapshot();
  });
  it('the gradient of sqrt, masked in the padding', () => {
    expect(unaryGradient('sqrt', rowMajor([3])).wgsl).toMatchSnapshot();
  });
  it('the gradient of GELU, with the functions that it calls', () => {
    expect(unaryGradient('gelu', rowMajor([8])).wgsl).toMatchSnapshot();
  });
  it('a bias added along channels, a row along columns, and a gather between layouts', () => {
    const image = imageLayout([2, 5, 3, 3]);
    expect(binaryForward('add', image, imageLayout([1, 5, 1, 1]), image).wgsl).toMatchSnapshot();
    expect(binaryForward('sub', rowMajor([7, 9]), rowMajor([7, 1]), rowMajor([7, 9])).wgsl).toMatchSnapshot();
    expect(binaryForward('mul', image, rowMajor([2, 5, 3, 3]), image).wgsl).toMatchSnapshot();
  });
  it('counts operations and bytes', () => {
    const { flop, bytes } = binaryForward('add', rowMajor([6, 5]), rowMajor([5]), rowMajor([6, 5]));
    expect({ flop, bytes }).toEqual({ flop: 30, bytes: 4 * (48 + 8 + 48) });
  });
});
