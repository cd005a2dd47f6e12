/** Reductions of rows. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, plan, tensorLayout } from './entry.ts';

const reduction = (build: (x: k.Layout, y: k.Layout, machine: k.Machine) => k.KernelPlan): KernelEntry => ({
  group: 'reduction',
  dimensions: 'rows,columns',
  shape: [batch, 512],
  build: (shape, _, machine) => {
    const [x, y] = [tensorLayout(shape), tensorLayout(shape.slice(0, -1))];
    return plan(build(x, y, machine), { x, y, mean: y });
  },
});

export const reductions: Record<string, KernelEntry> = {
  sum: reduction((x, y, machine) => k.reduce('sum', x, [-1], y, machine)),
  mean: reduction((x, y, machine) => k.reduce('mean', x, [-1], y, machine)),
  max: reduction((x, y, machine) => k.reduce('max', x, [-1], y, machine)),
  min: reduction((x, y, machine) => k.reduce('min', x, [-1], y, machine)),
  variance: reduction((x, y, machine) => k.variance(x, [-1], y, {}, machine)),
  argMax: reduction((x, y, machine) => ({ kernels: [k.argMax(x, y, -1, machine)], scratch: {} })),
};
