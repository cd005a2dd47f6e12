import { adamHyper, sgdHyper } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { adamStep, clipGradients, gradientNorm, sgdStep } from '../../../src/ops/index.ts';
import { ParameterArena } from '../../../src/parameter-arena.ts';
import { Arena } from '../../../src/runtime/arena.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { comparison, fixture, numbers, ordinary } from './support.ts';

const devices = await openTestDevices();

describe.each(devices)('special values of optimisers on $name', ({ device }) => {
  const { exact, runtime, floats, check, compared } = comparison(device);

  it('optimisers', async () => {
    for (const { optimizer, gradients, steps } of fixture.optimizers) {
      const given = numbers(gradients);
      const parameter = floats(given.map(() => 1)).requiresGrad_();
      const arena = new ParameterArena(runtime, [parameter]);
      const state = ['m', 'v'].map((name) => new Arena(runtime, [parameter.layout], name));
      const groups = tensor(runtime, [0], [1], { dtype: 'u32' });
      for (const [step, wanted] of steps.entries()) {
        const gradient = step === 0 ? given : given.map(() => 0.5);
        parameter.grad = null;
        backward(parameter, floats(gradient));
        if (optimizer === 'SGD') {
          sgdStep(arena, { groups, hyper: floats(sgdHyper({ lr: 0.1, momentum: 0.9 })) }, state[0]);
        } else {
          const decoupled = optimizer === 'AdamW';
          const hyper = floats(adamHyper({ lr: 0.1, weightDecay: decoupled ? 0.01 : 0 }, step + 1));
          adamStep(arena, { groups, hyper }, { m: state[0], v: state[1], decoupled });
        }
        check(`${optimizer}, step ${step + 1}`, await parameter.array(), wanted, (i) => [given[i]], {
          relative: 1e-5,
        });
      }
    }
  });

  it('clipping', async () => {
    for (const one of fixture.clipping) {
      const given = numbers(one.gradients);
      const parameter = floats([0, 0]).requiresGrad_();
      const arena = new ParameterArena(runtime, [parameter]);
      backward(parameter, floats(given));
      const groups = tensor(runtime, [0], [1], { dtype: 'u32' });
      const norm = gradientNorm(arena, groups);
      clipGradients(arena, groups, norm, Number(one.maxNorm));
      const what = `[${given}] to ${one.maxNorm}`;
      check(`norm of ${what}`, await norm.array(), [one.norm], () => given);
      const finite = ordinary([Number(one.norm)]) ? [] : [Number.NaN];
      check(what, await parameter.grad!.array(), one.clipped, () => [...given, ...finite]);
    }
  });

  it('compared enough', () => {
    expect(compared()).toBeGreaterThan(exact ? 220 : 125);
  });
});
