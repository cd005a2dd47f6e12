/** Optimisers, over the arena of all parameters. */
import * as k from '@glassbox/wgsl-kernels';
import { type Example, type ExampleContext, type KernelEntry, type Oracle, one } from './entry.ts';

/** Numbers in the practical's net. */
const parameters = 98_658;

/** What optimisers of the table keep. */
const kept = [...new Set(Object.values<k.UpdateRule>(k.updateRules).flatMap(({ row }) => row.state))];

const optimizer = (
  build: (blocks: number, machine: k.Machine) => k.Kernel,
  oracle: Oracle,
  hyper: number[] = [],
  context: (blocks: number, machine: k.Machine) => ExampleContext = () => ({}),
): KernelEntry => ({
  group: 'optimisers',
  dimensions: 'parameters',
  shape: [parameters],
  build: ([count], _, machine) => {
    const blocks = Math.ceil(count / k.arenaBlock);
    const arena = (about: string, data?: Float32Array) => ({ words: blocks * k.arenaBlock, about, data });
    return one(
      build(blocks, machine),
      {
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
      },
      oracle,
      context(blocks, machine),
    );
  },
});

/** Over whole buffers of as many words. */
const buffers = (build: (words: number, machine: k.Machine) => Example): KernelEntry => ({
  group: 'optimisers',
  dimensions: 'parameters',
  shape: [parameters],
  build: ([count], _, machine) => build(k.roundUp4(count), machine),
});

const adam = (decoupled: boolean, hyper: number[]) =>
  optimizer(
    (blocks, machine) => k.adam({ blocks, decoupled }, machine),
    ({ gradients, groups, hyper, ...before }) => {
      const [parameters, m, v] = [before.parameters, before.m, before.v].map((values) =>
        Float64Array.from(values),
      );
      k.adamOracle({ parameters, gradients, m, v, groups, hyper }, { decoupled });
      return { parameters, m, v };
    },
    hyper,
  );

const normOracle: Oracle = ({ gradients, groups }) => ({
  norm: [k.gradientNormOracle(gradients, groups), 0, 0, 0],
});

export const optimizers: Record<string, KernelEntry> = {
  sgd: optimizer(
    (blocks, machine) => k.sgd({ blocks }, machine),
    ({ gradients, groups, hyper, ...before }) => {
      const [parameters, state] = [before.parameters, before.state].map((values) =>
        Float64Array.from(values),
      );
      k.sgdOracle({ parameters, gradients, state, groups, hyper });
      return { parameters, state };
    },
    k.sgdHyper({ lr: 1e-3, momentum: 0.9 }),
  ),
  adam: adam(false, k.adamHyper({ lr: 1e-3 }, 1)),
  adamW: adam(true, k.adamHyper({ lr: 1e-3, weightDecay: 0.01 }, 1)),
  gradientNormPartials: optimizer(
    (blocks, machine) => k.gradientNormPartials({ blocks }, machine),
    normOracle,
    [],
    (blocks, machine) => ({ after: [k.gradientNorm({ blocks }, machine)] }),
  ),
  gradientNorm: optimizer(
    (blocks, machine) => k.gradientNorm({ blocks }, machine),
    normOracle,
    [],
    (blocks, machine) => ({ before: [k.gradientNormPartials({ blocks }, machine)] }),
  ),
  clipGradients: optimizer(
    (blocks, machine) => k.clipGradients({ blocks, maxNorm: 1 }, machine),
    (before) => {
      const gradients = Float64Array.from(before.gradients);
      k.clipGradientsOracle(gradients, before.groups, 1);
      return { gradients };
    },
    [],
    () => ({
      contents: ({ gradients, groups }) => ({
        norm: [k.gradientNormOracle(gradients, groups), 0, 0, 0],
      }),
    }),
  ),
  average: buffers((words, machine) => {
    const arena = { words, about: 'arena' };
    return one(
      k.average({ words }, machine),
      { x: arena, y: arena, weight: { words: 1, about: 'the share', data: [0.1] } },
      ({ x, y, weight }) => ({ y: k.averageOracle(x, y, weight[0]) }),
    );
  }),
  zero: buffers((words, machine) =>
    one(
      k.zero({ words }, machine),
      { y: { words, about: 'arena', data: new Uint32Array(words).fill(1) } },
      ({ y }) => ({ y: new Float64Array(y.length) }),
    ),
  ),
  ...Object.fromEntries(
    Object.entries<k.UpdateRule>(k.updateRules).map(([name, rule]) => [
      `${name}Update`,
      optimizer(
        (blocks, machine) => k.update({ blocks, rule }, machine),
        ({ gradients, groups, hyper, ...before }) => {
          const names = rule.row.state.map((name) => `${name}s`);
          const parameters = Float64Array.from(before.parameters);
          const arenas = names.map((name) => Float64Array.from(before[name]));
          k.updateOracle(rule, { parameters, gradients, kept: arenas, groups, hyper });
          return { parameters, ...Object.fromEntries(names.map((name, n) => [name, arenas[n]])) };
        },
        [1e-3, 0.1, 0.9, 0.1, 1e-8, 0.1, 1, 0.1],
      ),
    ]),
  ),
};
