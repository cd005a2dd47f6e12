/** Softmax and losses. */
import * as k from '@glassbox/wgsl-kernels';
import { elementwise } from './elementwise.ts';
import { batch, faults, inRange, type KernelEntry, plan, tensorLayout } from './entry.ts';

const softmax = (entry: KernelEntry): KernelEntry => ({
  ...entry,
  group: 'losses',
  dimensions: 'N,classes',
  shape: [batch, 2],
});
const softmaxForward = (op: k.SoftmaxOp) =>
  softmax(
    elementwise(
      (layout, machine) => k.softmaxForward(op, layout, machine),
      (shape) => (v) => ({ y: { values: k.softmaxForwardOracle(op, v.x, shape.at(-1)!), scale: 1 } }),
    ),
  );
const softmaxGradient = (op: k.SoftmaxOp): KernelEntry => {
  const entry = softmax(
    elementwise(
      (layout, machine) => k.softmaxGradient(op, layout, machine),
      (shape) => (v) => ({
        dx: {
          values: k.softmaxGradientOracle(op, v.dy, v.y, shape.at(-1)!),
          scale: Math.sqrt(shape.at(-1)!),
        },
      }),
    ),
  );
  return {
    ...entry,
    build: (shape, choices, machine) => ({
      ...entry.build(shape, choices, machine),
      contents: ({ x }) => ({ y: k.softmaxForwardOracle(op, x, shape.at(-1)!) }),
    }),
  };
};

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
    return plan(
      both,
      { x, t: x, dx: x, loss: scalar, dy: scalar },
      (v) => {
        const data = { x: v.x, t: v.t, shape };
        return {
          loss: { values: [k.pointwiseLossOracle(kind, 'mean', data)], scale: 1 },
          dx: k.pointwiseLossGradientOracle(kind, 'mean', v.dy[0], data),
        };
      },
      { contents: ({ t }) => ({ t: inRange(t, 0, 1) }) },
    );
  },
});

export const losses: Record<string, KernelEntry> = {
  softmaxForward: softmaxForward('softmax'),
  softmaxGradient: softmaxGradient('softmax'),
  logSoftmaxForward: softmaxForward('logSoftmax'),
  logSoftmaxGradient: softmaxGradient('logSoftmax'),
  crossEntropy: {
    group: 'losses',
    dimensions: 'N,classes',
    shape: [batch, 2],
    build: (shape, _, machine) => {
      const [rows, classes] = shape;
      const [logits, losses] = [k.rowMajor(shape), k.rowMajor([rows])];
      const labels = {
        words: losses.size,
        about: 'class numbers',
        data: Uint32Array.from({ length: losses.size }, (_, i) => i % classes),
      };
      const buffers = { logits, labels, losses, faults, dlogits: logits, loss: k.rowMajor([]) };
      return plan(k.crossEntropy({ logits, reduction: 'mean' }, machine), buffers, (v) => {
        const spec = { shape: [rows, classes], reduction: 'mean' } as const;
        const found = k.crossEntropyOracle(v.logits, v.labels, spec);
        return {
          losses: { values: found.losses, scale: 1 / rows },
          dlogits: { values: found.dlogits, scale: 1 / rows },
          loss: { values: [found.loss], scale: 1 },
        };
      });
    },
  },
  mse: loss('mse'),
  l1: loss('l1'),
  bceWithLogits: loss('bceWithLogits'),
};
