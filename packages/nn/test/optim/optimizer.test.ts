import { readFileSync } from 'node:fs';
import { backward, type Runtime, stepInput, type Tensor, tensor } from '@glassbox/tensor-core';
import { filterLayout } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Adam, type AdamHyper, AdamW } from '../../src/optim/adam.ts';
import type { Optimizer, ParameterGroup } from '../../src/optim/optimizer.ts';
import { SGD, type SgdHyper } from '../../src/optim/sgd.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

interface Recorded {
  shapes: number[][];
  initial: number[][];
  gradients: number[][][];
  cases: { name: string; groups: (Partial<SgdHyper & AdamHyper> & { lr: number })[]; trace: number[][][] }[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL('../fixtures/optimizers.json', import.meta.url), 'utf8'),
);
const runtimes = await openTestRuntimes();

// biome-ignore lint/suspicious/noExplicitAny: all optimisers look the same from here
type AnyOptimizer = Optimizer<any>;

function makeParameters(runtime: Runtime): Tensor[] {
  return recorded.initial.map((values, index) => {
    const shape = recorded.shapes[index];
    const layout = shape.length === 4 ? filterLayout(shape) : undefined;
    return tensor(runtime, values, shape, { layout }).requiresGrad_();
  });
}

function makeOptimizer(
  name: string,
  parameters: Tensor[],
  groups: Recorded['cases'][number]['groups'],
): AnyOptimizer {
  const parts = [parameters.slice(0, 2), parameters.slice(2)];
  const given = groups.map((group, index) => ({ ...group, parameters: parts[index] }));
  const { lr } = groups[0];
  if (name.startsWith('sgd')) return new SGD(given as ParameterGroup<SgdHyper>[], { lr });
  if (name.startsWith('adamw')) return new AdamW(given as ParameterGroup<AdamHyper>[], { lr });
  return new Adam(given as ParameterGroup<AdamHyper>[], { lr });
}

/** Gives every parameter its recorded gradient; the third gets one only once it has `joined`. */
function differentiate(runtime: Runtime, parameters: Tensor[], step: () => number, joined: boolean): void {
  for (const [index, parameter] of parameters.entries()) {
    if (index === 2 && !joined) continue;
    const gradient = stepInput(runtime, parameter.shape, 'f32', () => recorded.gradients[step()][index]);
    backward(parameter, gradient);
  }
}

describe.each(runtimes)('optimisers on $name', ({ runtime }) => {
  describe.each(recorded.cases)('$name', ({ name, groups, trace }) => {
    it('follow PyTorch step by step', async () => {
      const parameters = makeParameters(runtime);
      const optimizer = makeOptimizer(name, parameters, groups);
      for (const [step, expected] of trace.entries()) {
        runtime.step(() => {
          differentiate(runtime, parameters, () => step, step >= 2);
          optimizer.step();
          optimizer.zeroGrad();
        });
        for (const [index, parameter] of parameters.entries()) {
          expect(largestDifference(await parameter.array(), expected[index]), `step ${step}`).toBeLessThan(
            2e-6,
          );
        }
      }
    });

    it('do the same when recorded, and go on from a saved state', async () => {
      const parameters = makeParameters(runtime);
      let optimizer = makeOptimizer(name, parameters, groups);
      let now = 0;
      const work = (joined: boolean) => () => {
        differentiate(runtime, parameters, () => now, joined);
        optimizer.step();
        optimizer.zeroGrad();
      };
      runtime.step(work(false));
      now = 1;
      runtime.step(work(false));
      now = 2;
      const first = runtime.record(work(true));
      now = 3;
      first.replay();
      const state = await optimizer.stateDict();
      first.dispose();
      optimizer = makeOptimizer(name, parameters, groups);
      optimizer.loadStateDict(state);
      now = 4;
      const second = runtime.record(work(true));
      now = 5;
      second.replay();
      for (const [index, parameter] of parameters.entries()) {
        expect(largestDifference(await parameter.array(), trace[5][index])).toBeLessThan(2e-6);
      }
      expect(state.steps).toEqual([4, 4, 2, 4]);
      second.dispose();
    });
  });

  it('leave frozen parameters alone: no decay, no momentum', async () => {
    const parameters = makeParameters(runtime);
    const optimizer = new SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 0.5 });
    const work = (step: number) =>
      runtime.step(() => {
        const learning = parameters.filter(({ requiresGrad }) => requiresGrad);
        for (const parameter of learning) backward(parameter, parameter.detach());
        optimizer.step();
        optimizer.zeroGrad();
        return step;
      });
    work(0);
    parameters[0].requiresGrad_(false);
    parameters[0].grad = null;
    const [frozen, learning] = [await parameters[0].array(), await parameters[1].array()];
    work(1);
    work(2);
    expect(await parameters[0].array()).toEqual(frozen);
    expect(await parameters[1].array()).not.toEqual(learning);
    expect((await optimizer.stateDict()).steps).toEqual([1, 3, 3, 3]);
  });

  it('clip the norm of all gradients together', async () => {
    const parameters = makeParameters(runtime);
    const optimizer = new SGD(parameters, { lr: 1 });
    const before = await Promise.all(parameters.map((parameter) => parameter.array()));
    const norm = runtime.step(() => {
      differentiate(runtime, parameters, () => 0, true);
      const value = optimizer.clipGradients(0.5);
      optimizer.step();
      optimizer.zeroGrad();
      return value;
    });
    const all = recorded.gradients[0].flat();
    const expected = Math.hypot(...all);
    expect(await norm.item()).toBeCloseTo(expected, 4);
    const moved: number[] = [];
    for (const [index, parameter] of parameters.entries()) {
      const after = await parameter.array();
      moved.push(...Array.from(after, (value, i) => before[index][i] - value));
    }
    expect(Math.hypot(...moved)).toBeCloseTo(0.5, 5);
  });

  it('scale rates from the ones that the groups were made with', () => {
    const [a, b, ...rest] = makeParameters(runtime);
    const optimizer = new AdamW([{ parameters: [a], lr: 0.1 }, { parameters: [b, ...rest] }], { lr: 0.02 });
    optimizer.scaleRates(0.5);
    optimizer.scaleRates(0.25);
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.025, 0.005]);
    expect(optimizer.groups.map(({ weightDecay }) => weightDecay)).toEqual([0.01, 0.01]);
  });

  it("take back each group's hyperparameters with a saved state, rates that a schedule changed included", async () => {
    const half = (optimizer: AnyOptimizer) => optimizer.groups.map(({ lr, initialLr }) => [lr, initialLr]);
    const make = (rates: readonly [number, number]) => {
      const parameters = makeParameters(runtime);
      const groups = [parameters.slice(0, 2), parameters.slice(2)].map((group, index) => ({
        parameters: group,
        lr: rates[index],
        momentum: 0.9 - index / 2,
      }));
      return { parameters, optimizer: new SGD(groups, { lr: 1 }) };
    };
    const step = ({ parameters, optimizer }: ReturnType<typeof make>) =>
      runtime.step(() => {
        differentiate(runtime, parameters, () => 0, true);
        optimizer.step();
        optimizer.zeroGrad();
      });
    const saved = make([0.2, 0.1]);
    step(saved);
    saved.optimizer.scaleRates(0.25);
    const [state, values] = [
      await saved.optimizer.stateDict(),
      await Promise.all(saved.parameters.map((each) => each.array())),
    ];
    const resumed = make([0.7, 0.6]);
    for (const [index, parameter] of resumed.parameters.entries()) parameter.write(values[index]);
    resumed.optimizer.loadStateDict(state);
    expect(half(resumed.optimizer)).toEqual(half(saved.optimizer));
    expect(half(resumed.optimizer)[0][0]).toBe(0.05);
    for (const each of [saved, resumed]) step(each);
    for (const [index, parameter] of saved.parameters.entries())
      expect(await resumed.parameters[index].array()).toEqual(await parameter.array());
    // A schedule goes on from the saved rates as well.
    resumed.optimizer.scaleRates(1);
    expect(resumed.optimizer.groups.map(({ lr }) => lr)).toEqual([0.2, 0.1]);
  });

  it('refuse what makes no sense', async () => {
    const parameters = makeParameters(runtime);
    expect(() => new SGD([], { lr: 1 })).toThrow(/no parameters/);
    expect(() => new SGD([parameters[0], parameters[0]], { lr: 1 })).toThrow(/appears twice/);
    expect(() => new SGD(parameters, { lr: -1 })).toThrow(/lr must be 0 or more/);
    expect(() => new SGD(parameters, { lr: 1, nesterov: true })).toThrow(/momentum above 0/);
    expect(() => new Adam(parameters, { betas: [0.9, 1] })).toThrow(/betas/);
    const first = new SGD(parameters, { lr: 1 });
    const second = new SGD(parameters, { lr: 1 });
    expect(() => first.step()).toThrow(/another optimiser was made/);
    const state = await second.stateDict();
    expect(() => new Adam(parameters).loadStateDict(state)).toThrow(/state is sgd's, this is adam/);
    expect(() => new SGD(parameters.slice(1), { lr: 1 }).loadStateDict(state)).toThrow(
      /groups of \[4\] parameters/,
    );
  });
});
