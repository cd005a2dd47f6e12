/** Reductions of rows. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, plan, tensorLayout } from './entry.ts';

const reduction = (build: (x: k.Layout, y: k.Layout, tuning: k.Tuning) => k.KernelPlan): KernelEntry => ({
  group: 'reduction',
  dimensions: 'rows,columns',
  shape: [batch, 512],
  build: (shape, _, tuning) => {
    const [x, y] = [tensorLayout(shape), tensorLayout(shape.slice(0, -1))];
    return plan(build(x, y, tuning), { x, y, mean: y });
  },
});

export const reductions: Record<string, KernelEntry> = {
  sum: reduction((x, y, tuning) => k.reduce('sum', x, [-1], y, tuning)),
  mean: reduction((x, y, tuning) => k.reduce('mean', x, [-1], y, tuning)),
  max: reduction((x, y, tuning) => k.reduce('max', x, [-1], y, tuning)),
  min: reduction((x, y, tuning) => k.reduce('min', x, [-1], y, tuning)),
  variance: reduction((x, y, tuning) => k.variance(x, [-1], y, {}, tuning)),
  argMax: reduction((x, y, tuning) => ({ kernels: [k.argMax(x, y, -1, tuning)], scratch: {} })),
};
