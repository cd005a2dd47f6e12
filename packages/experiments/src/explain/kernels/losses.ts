/** Softmax and losses. */
import * as k from '@glassbox/wgsl-kernels';
import { elementwise } from './elementwise.ts';
import { batch, faults, type KernelEntry, plan, tensorLayout } from './entry.ts';

const softmax = (build: (layout: k.Layout, tuning: k.Tuning) => k.Kernel): KernelEntry => ({
  ...elementwise(build),
  group: 'losses',
  dimensions: 'N,classes',
  shape: [batch, 2],
});

const loss = (kind: k.PointwiseLoss): KernelEntry => ({
  group: 'losses',
  dimensions: 'size…',
  shape: [batch, 1, 28, 28],
  build: (shape, _, tuning) => {
    const x = tensorLayout(shape);
    const forward = k.pointwiseLossForward({ loss: kind, reduction: 'mean', x }, tuning);
    const gradient = k.pointwiseLossGradient({ loss: kind, reduction: 'mean', x }, tuning);
    const scalar = k.rowMajor([]);
    const both = k.concatPlans(forward, { kernels: [gradient], scratch: {} });
    return plan(both, { x, t: x, dx: x, loss: scalar, dy: scalar });
  },
});

export const losses: Record<string, KernelEntry> = {
  softmaxForward: softmax((layout, tuning) => k.softmaxForward('softmax', layout, tuning)),
  softmaxGradient: softmax((layout, tuning) => k.softmaxGradient('softmax', layout, tuning)),
  logSoftmaxForward: softmax((layout, tuning) => k.softmaxForward('logSoftmax', layout, tuning)),
  logSoftmaxGradient: softmax((layout, tuning) => k.softmaxGradient('logSoftmax', layout, tuning)),
  crossEntropy: {
    group: 'losses',
    dimensions: 'N,classes',
    shape: [batch, 2],
    build: (shape, _, tuning) => {
      const [logits, losses] = [k.rowMajor(shape), k.rowMajor([shape[0]])];
      const labels = {
        words: losses.size,
        about: 'class numbers',
        data: Uint32Array.from({ length: losses.size }, (_, i) => i % shape[1]),
      };
      const buffers = { logits, labels, losses, faults, dlogits: logits, loss: k.rowMajor([]) };
      return plan(k.crossEntropy({ logits, reduction: 'mean' }, tuning), buffers);
    },
  },
  mse: loss('mse'),
  l1: loss('l1'),
  bceWithLogits: loss('bceWithLogits'),
};
