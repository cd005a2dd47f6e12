import { describe, expect, it } from 'vitest';
import { adam, clipGradients, gradientNorm, gradientNormPartials, sgd, zero } from '../src/index.ts';

const cpu = { workgroupSize: 8 };

describe('generated WGSL of the optimisers', () => {
  it('a CPU and a GPU variant', () => {
    expect(sgd({ blocks: 1541 }).wgsl).toMatchSnapshot('sgd');
    expect(sgd({ blocks: 1541 }, cpu).wgsl).toMatchSnapshot('sgd, CPU');
    expect(adam({ blocks: 1541, decoupled: false }, cpu).wgsl).toMatchSnapshot('adam, CPU');
    expect(adam({ blocks: 1541, decoupled: true }, cpu).wgsl).toMatchSnapshot('adamW, CPU');
    expect(gradientNormPartials({ blocks: 1541 }).wgsl).toMatchSnapshot('norm, stage 1');
    expect(gradientNorm({ blocks: 1541 }).wgsl).toMatchSnapshot('norm, stage 2');
    expect(clipGradients({ blocks: 1541, maxNorm: 1 }).wgsl).toMatchSnapshot('clip');
    expect(zero({ words: 1028 }, cpu).wgsl).toMatchSnapshot('zero, CPU');
  });
});
