import { describe, expect, it } from 'vitest';
import {
  adam,
  clipGradients,
  gradientNorm,
  gradientNormPartials,
  machines,
  sgd,
  zero,
} from '../src/index.ts';

const { softwareGpu } = machines;

describe('generated WGSL of the optimisers', () => {
  it('a CPU and a GPU variant', () => {
    expect(sgd({ blocks: 1541 }).wgsl).toMatchSnapshot('sgd');
    expect(sgd({ blocks: 1541 }, softwareGpu).wgsl).toMatchSnapshot('sgd, CPU');
    expect(adam({ blocks: 1541, decoupled: false }, softwareGpu).wgsl).toMatchSnapshot('adam, CPU');
    expect(adam({ blocks: 1541, decoupled: true }, softwareGpu).wgsl).toMatchSnapshot('adamW, CPU');
    expect(gradientNormPartials({ blocks: 1541 }).wgsl).toMatchSnapshot('norm, stage 1');
    expect(gradientNorm({ blocks: 1541 }).wgsl).toMatchSnapshot('norm, stage 2');
    expect(clipGradients({ blocks: 1541, maxNorm: 1 }).wgsl).toMatchSnapshot('clip');
    expect(zero({ words: 1028 }, softwareGpu).wgsl).toMatchSnapshot('zero, CPU');
  });
});
