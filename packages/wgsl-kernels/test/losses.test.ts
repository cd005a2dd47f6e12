import { describe, expect, it } from 'vitest';
import {
  crossEntropy,
  machines,
  pointwiseLossForward,
  pointwiseLossGradient,
  rowMajor,
  softmaxForward,
} from '../src/index.ts';

const tuning = { ...machines.softwareGpu, workgroupSize: 16 };

describe('WGSL of the losses', () => {
  it('softmax over ragged rows', () => {
    expect(softmaxForward('softmax', rowMajor([64, 14]), tuning).wgsl).toMatchSnapshot();
  });
  it('cross-entropy of two classes', () => {
    const { kernels } = crossEntropy({ logits: rowMajor([64, 2]), reduction: 'mean' }, tuning);
    expect(kernels.map((kernel) => kernel.wgsl).join('\n')).toMatchSnapshot();
  });
  it('cross-entropy, weighted and smoothed', () => {
    const spec = {
      logits: rowMajor([5, 8]),
      reduction: 'mean',
      weighted: true,
      labelSmoothing: 0.1,
    } as const;
    expect(
      crossEntropy(spec, tuning)
        .kernels.map((kernel) => kernel.wgsl)
        .join('\n'),
    ).toMatchSnapshot();
  });
  it('binary cross-entropy with weights, and its gradient', () => {
    const x = rowMajor([64, 14]);
    const spec = { loss: 'bceWithLogits', reduction: 'mean', x, posWeight: rowMajor([14]) } as const;
    const kernels = [...pointwiseLossForward(spec, tuning).kernels, pointwiseLossGradient(spec, tuning)];
    expect(kernels.map((kernel) => kernel.wgsl).join('\n')).toMatchSnapshot();
  });
});
