/** Random numbers. */
import * as k from '@glassbox/wgsl-kernels';
import { elementwise } from './elementwise.ts';
import { batch, type KernelEntry, type Oracle } from './entry.ts';

/** As the counter of the examples says. */
const key: k.RandomKey = { seed: 1, stream: 0, step: 0 };

const random = (
  build: (layout: k.Layout, machine: k.Machine) => k.Kernel,
  oracle: (shape: readonly number[]) => Oracle,
): KernelEntry => ({
  ...elementwise(build, oracle),
  group: 'random numbers',
  shape: [batch, 512],
});

export const randomNumbers: Record<string, KernelEntry> = {
  dropout: random(
    (layout, machine) => k.dropout({ layout, p: 0.5, stream: 0 }, machine),
    (shape) => (v) => ({ y: k.dropoutOracle(v.x, shape, 0.5, key) }),
  ),
  dropout2d: {
    ...random(
      (layout, machine) => k.dropout2d({ layout, p: 0.5, stream: 0 }, machine),
      (shape) => (v) => ({ y: k.dropout2dOracle(v.x, shape, 0.5, key) }),
    ),
    dimensions: 'N,C,H,W',
    shape: [batch, 32, 7, 7],
  },
  randomUniform: random(
    (layout, machine) => k.randomUniform({ layout, stream: 0, low: 0, high: 1 }, machine),
    (shape) => () => ({ y: k.randomUniformOracle(shape, { low: 0, high: 1 }, key) }),
  ),
  randomNormal: random(
    (layout, machine) => k.randomNormal({ layout, stream: 0, mean: 0, std: 1 }, machine),
    (shape) => () => ({ y: k.randomNormalOracle(shape, { mean: 0, std: 1 }, key) }),
  ),
};
