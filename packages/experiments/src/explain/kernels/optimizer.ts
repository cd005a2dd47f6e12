/** Optimisers, over the arena of all parameters. */
import * as k from '@glassbox/wgsl-kernels';
import { type KernelEntry, one } from './entry.ts';

/** Numbers in the practical's net. */
const parameters = 98_658;

/** What optimisers of the table keep. */
const kept = [...new Set(Object.values(k.updateRules).flatMap(({ state }) => state as readonly string[]))];

const optimizer = (
  build: (blocks: number, machine: k.Machine) => k.Kernel,
  hyper: number[] = [],
): KernelEntry => ({
  group: 'optimisers',
  dimensions: 'parameters',
  shape: [parameters],
  build: ([count], _, machine) => {
    const blocks = Math.ceil(count / k.arenaBlock);
    const arena = (about: string, data?: Float32Array) => ({ words: blocks * k.arenaBlock, about, data });
    return one(build(blocks, machine), {
      parameters: arena('arena'),
      gradients: arena('arena'),
      state: arena('arena'),
      m: arena('arena, running mean of the gradients', new Float32Array(0)),
      v: arena('arena, running mean of their squares', new Float32Array(0)),
      groups: { words: blocks, about: 'the group of each block' },
      hyper: { words: k.hyperSize, about: 'rates of each group', data: hyper },
      partials: { words: k.gradientNormPartialsSize({ blocks }), about: 'partial sums' },
      ...Object.fromEntries(kept.map((name) => [`${name}s`, arena('arena, kept', new Float32Array(0))])),
      norm: { words: 4, about: 'the norm', data: [1, 0, 0, 0] },
    });
  },
});

export const optimizers: Record<string, KernelEntry> = {
  sgd: optimizer((blocks, machine) => k.sgd({ blocks }, machine), k.sgdHyper({ lr: 1e-3, momentum: 0.9 })),
  adam: optimizer(
    (blocks, machine) => k.adam({ blocks, decoupled: false }, machine),
    k.adamHyper({ lr: 1e-3 }, 1),
  ),
  adamW: optimizer(
    (blocks, machine) => k.adam({ blocks, decoupled: true }, machine),
    k.adamHyper({ lr: 1e-3, weightDecay: 0.01 }, 1),
  ),
  ...Object.fromEntries(
    (Object.keys(k.updateRules) as k.UpdateRuleName[]).map((rule) => [
      `${rule}Update`,
      optimizer(
        (blocks, machine) => k.update({ blocks, rule }, machine),
        [1e-3, 0.1, 0.9, 0.1, 1e-8, 0.1, 1, 0.1],
      ),
    ]),
  ),
  gradientNormPartials: optimizer((blocks, machine) => k.gradientNormPartials({ blocks }, machine)),
  gradientNorm: optimizer((blocks, machine) => k.gradientNorm({ blocks }, machine)),
  clipGradients: optimizer((blocks, machine) => k.clipGradients({ blocks, maxNorm: 1 }, machine)),
};
