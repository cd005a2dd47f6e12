import {
  adamHyper,
  adamOracle,
  clipGradientsOracle,
  frozen,
  gradientNormOracle,
  rowMajor,
  sgdHyper,
  sgdOracle,
  type UpdateRule,
  updateOracle,
  updateRules,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import {
  adamStep,
  clipGradients,
  gradientNorm,
  mul,
  sgdStep,
  sum,
  updateStep,
} from '../../../src/ops/index.ts';
import { ParameterArena } from '../../../src/parameter-arena.ts';
import { Arena } from '../../../src/runtime/arena.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { random } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();

/** Sizes of parameters (64 floats are a block), and the group of each: the last is frozen. */
const cases = fc.record({
  sizes: fc.array(fc.constantFrom(1, 5, 64, 65, 200), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(),
  rate: fc.constantFrom(0.1, 0.01),
  steps: fc.integer({ min: 1, max: 3 }),
});

const layouts = (sizes: readonly number[]) => sizes.map((size) => rowMajor([size]));

describe.each(devices)('optimiser steps on $name', ({ device }) => {
  const runtime = new Runtime(device);

  function setUp(sizes: readonly number[], seed: number) {
    const next = random(seed);
    const draw = (n: number) => Float32Array.from({ length: n }, () => next());
    const values = sizes.map(draw);
    const parameters = values.map((data) => tensor(runtime, data, [data.length]).requiresGrad_());
    const arena = new ParameterArena(runtime, parameters);
    const owner = (index: number) => (index === sizes.length - 1 && index > 0 ? frozen : index % 2);
    const groups: number[] = [];
    for (const [index, size] of sizes.entries()) {
      for (let block = 0; block < Math.ceil(size / 64); block++) groups.push(owner(index));
    }
    return { values, parameters, arena, groups, draw };
  }

  /** Gradients of Σ p·g: g itself, computed straight into the arena. */
  function differentiate(parameters: readonly Tensor[], gradients: readonly Float32Array[]): void {
    for (const parameter of parameters) parameter.grad = null;
    const terms = parameters.map((p, i) => sum(mul(p, tensor(runtime, gradients[i], p.shape))));
    for (const term of terms) backward(term);
  }

  /** One array of whole blocks, as arenas are. */
  function blocks(arrays: readonly ArrayLike<number>[]): Float64Array {
    return Float64Array.from(
      arrays.flatMap((data) => {
        const padded = new Array<number>(Math.ceil(data.length / 64) * 64).fill(0);
        for (let i = 0; i < data.length; i++) padded[i] = data[i];
        return padded;
      }),
    );
  }

  async function read(name: string, parameters: readonly Tensor[]): Promise<ArrayLike<number>> {
    const arrays = await Promise.all(parameters.map((p) => p.array()));
    return fromOp(blocks(arrays), device, name, 'value');
  }

  it.each(['sgdStep', 'adamStep', 'adamStep decoupled'])(
    '%s: parameters of two groups and a frozen one',
    async (title) => {
      const [name] = title.split(' ');
      const decoupled = title.includes('decoupled');
      await fc.assert(
        fc.asyncProperty(cases, async ({ sizes, seed, rate, steps }) => {
          const { values, parameters, arena, groups, draw } = setUp(sizes, seed);
          const owners = tensor(runtime, groups, [groups.length], { dtype: 'u32' });
          const state = ['a', 'b'].map((label) => new Arena(runtime, layouts(sizes), label));
          const expected = {
            parameters: blocks(values),
            first: blocks(values).fill(0),
            second: blocks(values).fill(0),
          };
          for (let step = 1; step <= steps; step++) {
            const gradients = sizes.map(draw);
            const options = [rate, rate / 10].map((lr) => ({ lr, momentum: 0.9, weightDecay: 0.05 }));
            const hyper = options.flatMap((o) => (name === 'sgdStep' ? sgdHyper(o) : adamHyper(o, step)));
            const tables = { groups: owners, hyper: tensor(runtime, hyper, [hyper.length]) };
            runtime.step(() => {
              differentiate(parameters, gradients);
              if (name === 'sgdStep') sgdStep(arena, tables, state[0]);
              else adamStep(arena, tables, { m: state[0], v: state[1], decoupled });
            });
            const { first, second } = expected;
            const own = { parameters: expected.parameters, gradients: blocks(gradients), groups, hyper };
            if (name === 'sgdStep') sgdOracle({ ...own, state: first });
            else adamOracle({ ...own, m: first, v: second }, { decoupled });
          }
          expectClose(await read(name, parameters), expected.parameters, 5e-6);
        }),
        runs(device, 9),
      );
    },
  );

  it.each(Object.values<UpdateRule>(updateRules))(
    'updateStep of $rule: parameters of two groups and a frozen one',
    async (rule) => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ sizes, seed, steps }) => {
          const { values, parameters, arena, groups, draw } = setUp(sizes, seed);
          const owners = tensor(runtime, groups, [groups.length], { dtype: 'u32' });
          const { state } = rule.row;
          const kept = state.map((label) => new Arena(runtime, layouts(sizes), label));
          const expected = { parameters: blocks(values), kept: state.map(() => blocks(values).fill(0)) };
          // Any numbers that are no fractions of 0: what they mean is the optimisers' business.
          const hyper = [
            0.1, 0.5, 0.25, 0.5, 0.5, 0.25, 0.5, 0.75, 0.05, 0.5, 0.25, 0.5, 0.5, 0.25, 0.5, 0.75,
          ];
          for (let step = 1; step <= steps; step++) {
            const gradients = sizes.map(draw);
            const tables = { groups: owners, hyper: tensor(runtime, hyper, [hyper.length]) };
            runtime.step(() => {
              differentiate(parameters, gradients);
              updateStep(rule, arena, tables, kept);
            });
            updateOracle(rule, { ...expected, gradients: blocks(gradients), groups, hyper });
          }
          expectClose(await read('updateStep', parameters), expected.parameters, 5e-6);
        }),
        runs(device, 4),
      );
    },
  );

  it('gradientNorm and clipGradients: over everything that is not frozen', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(0.5, 1000), async ({ sizes, seed }, maxNorm) => {
        const { parameters, arena, groups, draw } = setUp(sizes, seed);
        const owners = tensor(runtime, groups, [groups.length], { dtype: 'u32' });
        const gradients = sizes.map(draw);
        const norm = runtime.step(() => {
          differentiate(parameters, gradients);
          const result = gradientNorm(arena, owners);
          clipGradients(arena, owners, result, maxNorm);
          return result;
        });
        const exact = gradientNormOracle(blocks(gradients), groups);
        expectClose(fromOp(await norm.array(), device, 'gradientNorm', 'value'), [exact], 5e-6);
        const clipped = await read(
          'clipGradients',
          parameters.map((p) => p.grad!),
        );
        const expected = blocks(gradients);
        clipGradientsOracle(expected, groups, maxNorm);
        expectClose(clipped, expected, 5e-6);
      }),
      runs(device, 9),
    );
  });

  it('gradients lie in the arena, and freezing is a table entry', async () => {
    const { parameters, arena } = setUp([70, 3], 1);
    runtime.step(() =>
      differentiate(parameters, [new Float32Array(70).fill(2), new Float32Array(3).fill(3)]),
    );
    for (const parameter of parameters)
      expect(parameter.heldGrad!.storage.buffer).toBe(arena.gradients.buffer);
    const words = new Float32Array(await runtime.read(arena.gradients.storage));
    expect(words.length).toBe(3 * 64);
    expect([...words.subarray(0, 70)]).toEqual(new Array(70).fill(2));
    expect([...words.subarray(128, 132)]).toEqual([3, 3, 3, 0]);
  });
});
