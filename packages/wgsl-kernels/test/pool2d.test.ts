import { describe, expect, it } from 'vitest';
import {
  avgPool2dForward,
  avgPool2dGradient,
  machines,
  maxPool2dForward,
  maxPool2dGradient,
  type Pool2dSpec,
} from '../src/index.ts';

const halves: Pool2dSpec = {
  batch: 64,
  channels: 16,
  height: 24,
  width: 24,
  kernel: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
};
const overlapping: Pool2dSpec = {
  batch: 2,
  channels: 3,
  height: 9,
  width: 9,
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
};

describe('generated WGSL of pooling', () => {
  it('channels-last on a CPU', () => {
    const { softwareGpu } = machines;
    expect(maxPool2dForward(halves, softwareGpu).wgsl).toMatchSnapshot('max');
    expect(maxPool2dGradient(halves, softwareGpu).wgsl).toMatchSnapshot('max gradient');
  });

  it('planar, padded, overlapping on a GPU', () => {
    expect(maxPool2dForward(overlapping).wgsl).toMatchSnapshot('max');
    expect(avgPool2dForward(overlapping).wgsl).toMatchSnapshot('average');
    expect(avgPool2dGradient({ ...overlapping, countIncludePad: false }).wgsl).toMatchSnapshot(
      'average gradient',
    );
  });
});
