/** Softmax and losses. */
import * as k from '@glassbox/wgsl-kernels';
import { elementwise } from './elementwise.ts';
import { batch, faults, type KernelEntry, plan, tensorLayout } from './entry.ts';

const softmax = (build: (layout: k.Layout, machine: k.Machine) => k.Kernel): KernelEntry => ({
  ...elementwise(build),
  group: 'losses',
  dimensions: 'N,classes',
  shape: [batch, 2],
});

const loss = (kind: k.PointwiseLoss): KernelEntry => ({
  group: 'losses',
  dimensions: 'size…',
  shape: [batch, 1, 28, 28],
  build: (shape, _, machine) => {
    const x = tensorLayout(shape);
    const forward = k.pointwiseLossForward({ loss: kind, reduction: 'mean', x }, machine);
    const gradient = k.pointwiseLossGradient({ loss: kind, reduction: 'mean', x }, machine);
    const scalar = k.rowMajor([]);
    const both = k.concatPlans(forward, { kernels: [gradient], scratch: {} });
    return plan(both, { x, t: x, dx: x, loss: scalar, dy: scalar });
  },
});

export const losses: Record<string, KernelEntry> = {
  softmaxForward: softmax((layout, machine) => k.softmaxForward('softmax', layout, machine)),
  softmaxGradient: softmax((layout, machine) => k.softmaxGradient('softmax', layout, machine)),
  logSoftmaxForward: softmax((layout, machine) => k.softmaxForward('logSoftmax', layout, machine)),
  logSoftmaxGradient: softmax((layout, machine) => k.softmaxGradient('logSoftmax', layout, machine)),
  crossEntropy: {
    group: 'losses',
    dimensions: 'N,classes',
    shape: [batch, 2],
    build: (shape, _, machine) => {
      const [logits, losses] = [k.rowMajor(shape), k.rowMajor([shape[0]])];
      const labels = {
        words: losses.size,
        about: 'class numbers',
        data: Uint32Array.from({ length: losses.size }, (_, i) => i % shape[1]),
      };
      const buffers = { logits, labels, losses, faults, dlogits: logits, loss: k.rowMajor([]) };
      return plan(k.crossEntropy({ logits, reduction: 'mean' }, machine), buffers);
    },
  },
  mse: loss('mse'),
  l1: loss('l1'),
  bceWithLogits: loss('bceWithLogits'),
};
