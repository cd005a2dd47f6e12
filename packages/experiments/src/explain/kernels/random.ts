/** Random numbers. */
import * as k from '@glassbox/wgsl-kernels';
import { elementwise } from './elementwise.ts';
import { batch, type KernelEntry } from './entry.ts';

const random = (build: (layout: k.Layout, machine: k.Machine) => k.Kernel): KernelEntry => ({
  ...elementwise(build),
  group: 'random numbers',
  shape: [batch, 512],
});

export const randomNumbers: Record<string, KernelEntry> = {
  dropout: random((layout, machine) => k.dropout({ layout, p: 0.5, stream: 0 }, machine)),
  randomUniform: random((layout, machine) =>
    k.randomUniform({ layout, stream: 0, low: 0, high: 1 }, machine),
  ),
  randomNormal: random((layout, machine) => k.randomNormal({ layout, stream: 0, mean: 0, std: 1 }, machine)),
};
