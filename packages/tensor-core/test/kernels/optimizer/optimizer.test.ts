import { readFileSync } from 'node:fs';
import {
  adam,
  adamHyper,
  adamOracle,
  arenaBlock,
  average,
  averageOracle,
  clipGradients,
  clipGradientsOracle,
  frozen,
  gradientNorm,
  gradientNormOracle,
  gradientNormPartials,
  gradientNormPartialsSize,
  hyperSize,
  type Kernel,
  type Machine,
  machines,
  sgd,
  sgdHyper,
  sgdOracle,
  zero,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();

interface Case {
  optimizer: 'sgd' | 'adam' | 'adamw';
  lr: number;
  momentum?: number;
  nesterov?: boolean;
  weightDecay?: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  maxNorm?: number;
  lastNorm?: number;
  kept: { step: number; parameters: number[] }[];
}
/** Recorded by optimizers.py with torch.optim. */
const recorded: { sizes: number[]; steps: number; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/optimizers.json', import.meta.url), 'utf8'),
);

const [firstSize, secondSize] = recorded.sizes;
/** Blocks of the fixture's arena: two of the first tensor, a frozen one, one of the second tensor. */
const groups = Uint32Array.of(0, 0, frozen, 1);
const floats = groups.length * arenaBlock;
/** Where the fixture's element i lies in the arena. */
const place = (i: number) => (i < firstSize ? i : 3 * arenaBlock + i - firstSize);
const fixtureArena = (value: (i: number) => number) => {
  const arena = new Float32Array(floats);
  for (let i = 0; i < firstSize + secondSize; i++) arena[place(i)] = value(i);
  return arena;
};
const gradientAt = (t: number) =>
  fixtureArena((i) => (i === 7 ? 0 : Math.sin(1.3 * i + 0.7 * t) * (1 + (i % 3)) * 0.1));

function kernelOf({ optimizer }: Pick<Case, 'optimizer'>, blocks: number, machine: Machine): Kernel {
  if (optimizer === 'sgd') return sgd({ blocks }, machine);
  return adam({ blocks, decoupled: optimizer === 'adamw' }, machine);
}

function hyperOf(options: Omit<Case, 'kept'>, step: number): number[] {
  const of = (lr: number) =>
    options.optimizer === 'sgd' ? sgdHyper({ ...options, lr }) : adamHyper({ ...options, lr }, step);
  return [...of(options.lr), ...of(options.lr / 10)];
}

describe.each(devices)('optimisers on $name', ({ device }) => {
  it('average weights: a share of the way', async () => {
    const cases = fc.record({
      words: fc.constantFrom(4, 16, 260, 66668),
      weight: fc.constantFrom(0, 1e-4, 0.25, 0.5, 0.9, 1),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ words, weight, seed }) => {
        const next = random(seed);
        const [x, y] = [0, 1].map(() => Float32Array.from({ length: words }, next));
        const [, , after] = await runKernel(device, average({ words }, device.machine), [
          { words, data: x },
          { words: 1, data: Float32Array.of(weight) },
          { words, data: y },
        ]);
        if (weight === 1) expect(after).toEqual(x);
        expectClose(after, averageOracle(x, y, Math.fround(weight)), 1e-6);
      }),
      runs(device, 12),
    );
  });

  it.each(recorded.cases.map((options) => ({ options, title: title(options) })))(
    'follow PyTorch for 60 steps: $title',
    async ({ options }) => {
      const blocks = groups.length;
      const states = options.optimizer === 'sgd' ? 1 : 2;
      const create = (words: number) => {
        const buffer = device.createBuffer(words * 4);
        return { buffer, offset: 0, size: words * 4 };
      };
      const parameters = create(floats);
      const gradients = create(floats);
      const state = Array.from({ length: states }, () => create(floats));
      const groupsView = create(groups.length);
      const hyper = create(2 * hyperSize);
      const partials = create(gradientNormPartialsSize({ blocks }));
      const norm = create(4);
      device.write(
        parameters.buffer,
        0,
        fixtureArena((i) => Math.cos(i)),
      );
      device.write(groupsView.buffer, 0, groups);
      const step = {
        kernel: device.prepare(kernelOf(options, blocks, device.machine)),
        views: [parameters, gradients, ...state, groupsView, hyper],
      };
      const clip =
        options.maxNorm === undefined
          ? []
          : [
              {
                kernel: device.prepare(gradientNormPartials({ blocks }, device.machine)),
                views: [gradients, groupsView, partials],
              },
              { kernel: device.prepare(gradientNorm({ blocks }, device.machine)), views: [partials, norm] },
              {
                kernel: device.prepare(clipGradients({ blocks, maxNorm: options.maxNorm }, device.machine)),
                views: [gradients, groupsView, norm],
              },
            ];
      for (let t = 0; t < recorded.steps; t++) {
        device.write(gradients.buffer, 0, gradientAt(t));
        device.write(hyper.buffer, 0, Float32Array.from(hyperOf(options, t + 1)));
        device.submit([...clip, step]);
        const kept = options.kept.find((k) => k.step === t + 1);
        if (!kept) continue;
        const arena = new Float32Array(await device.read(parameters.buffer, 0, floats * 4));
        expectClose(
          kept.parameters.map((_, i) => arena[place(i)]),
          kept.parameters,
          2e-6,
        );
        expect(arena.subarray(firstSize, 3 * arenaBlock).every((v) => v === 0)).toBe(true);
      }
      if (options.lastNorm !== undefined) {
        expectClose(new Float32Array(await device.read(norm.buffer, 0, 4)), [options.lastNorm]);
      }
      for (const { buffer } of [parameters, gradients, ...state, groupsView, hyper, partials, norm]) {
        device.destroyBuffer(buffer);
      }
    },
  );

  const optimizer = fc.constantFrom('sgd', 'adam', 'adamw');
  const blockGroups = fc.array(fc.constantFrom(0, 1, frozen), { minLength: 1, maxLength: 23 });

  it('agree with the oracle and leave frozen blocks alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        optimizer,
        blockGroups,
        fc.integer(),
        fc.boolean(),
        anyMachine,
        async (kind, list, seed, nesterov, machine) => {
          const next = random(seed);
          const arena = () => Float32Array.from({ length: list.length * arenaBlock }, next);
          const options = {
            optimizer: kind,
            lr: 0.1,
            momentum: 0.9,
            nesterov,
            weightDecay: 0.1,
            eps: 1e-4,
          } as const;
          const hyper = Float32Array.from(hyperOf(options, 3));
          const before = [arena(), arena(), arena(), arena().map(Math.abs)].slice(0, kind === 'sgd' ? 3 : 4);
          const results = await runKernel(device, kernelOf(options, list.length, machine), [
            ...before.map((data) => ({ words: data.length, data })),
            { words: list.length, data: list, type: 'u32' },
            { words: hyper.length, data: hyper },
          ]);
          const [parameters, gradients, first, second] = before.map((values) => Float64Array.from(values));
          const shared = { parameters, gradients, groups: list, hyper };
          if (kind === 'sgd') sgdOracle({ ...shared, state: first });
          else adamOracle({ ...shared, m: first, v: second }, { decoupled: kind === 'adamw' });
          [parameters, gradients, first, second].slice(0, before.length).forEach((expected, b) => {
            expectClose(results[b], expected);
          });
          list.forEach((group, block) => {
            if (group !== frozen) return;
            const range = [block * arenaBlock, (block + 1) * arenaBlock] as const;
            for (const b of before.keys()) {
              expect(results[b].subarray(...range)).toEqual(before[b].subarray(...range));
            }
          });
        },
      ),
      runs(device, 15),
    );
  });

  it('norm and clip the gradients that are not frozen', async () => {
    const sizes = fc.oneof(
      blockGroups,
      fc.constant(Array.from({ length: 1500 }, (_, b) => (b % 5 ? 0 : frozen))),
    );
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.constantFrom(0.5, 1e9),
        fc.integer(),
        anyMachine,
        async (list, maxNorm, seed, machine) => {
          const spec = { blocks: list.length };
          const data = Float32Array.from({ length: list.length * arenaBlock }, random(seed));
          const gradients = { words: data.length, data };
          const groups = { words: list.length, data: list, type: 'u32' } as const;
          const [, , partials] = await runKernel(device, gradientNormPartials(spec, device.machine), [
            gradients,
            groups,
            { words: gradientNormPartialsSize(spec) },
          ]);
          const [, norm] = await runKernel(device, gradientNorm(spec, device.machine), [
            { words: partials.length, data: partials },
            { words: 4 },
          ]);
          expectClose(norm, [gradientNormOracle(data, list), 0, 0, 0]);
          const [clipped] = await runKernel(device, clipGradients({ ...spec, maxNorm }, machine), [
            gradients,
            groups,
            { words: 4, data: norm },
          ]);
          const expected = Float64Array.from(data);
          clipGradientsOracle(expected, list, maxNorm);
          expectClose(clipped, expected);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('the clip adds 1e-6 to the norm, as PyTorch', async () => {
    const [clipped] = await runKernel(device, clipGradients({ blocks: 1, maxNorm: 3e-6 }, device.machine), [
      { words: arenaBlock, data: new Float32Array(arenaBlock).fill(0.5) },
      { words: 1, data: [0], type: 'u32' },
      { words: 4, data: [3e-6, 0, 0, 0] },
    ]);
    expectClose(clipped, new Float64Array(arenaBlock).fill(0.375));
  });

  it.each(Object.values(machines))('zero fills words, as for a $kind', async (machine) => {
    for (const words of [4, 128, 260]) {
      const [y] = await runKernel(device, zero({ words }, machine), [
        { words, data: Float32Array.from({ length: words }, () => 3) },
      ]);
      expectClose(y, new Float64Array(words), 0);
    }
  });
});

describe('optimisers refuse', () => {
  it('impossible options', () => {
    expect(() => sgdHyper({ lr: 1, nesterov: true })).toThrow(/momentum above 0/);
    expect(() => adamHyper({ lr: 1 }, 0)).toThrow(/count from 1/);
    expect(() => sgd({ blocks: 1.5 })).toThrow(/whole number of blocks/);
    expect(() => clipGradients({ blocks: 1, maxNorm: 0 })).toThrow(/maxNorm/);
    expect(() => zero({ words: 6 })).toThrow(/multiple of 4/);
    expect(() => average({ words: 6 })).toThrow(/multiple of 4/);
  });
});

function title({ kept: _, lastNorm: __, ...options }: Case): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
