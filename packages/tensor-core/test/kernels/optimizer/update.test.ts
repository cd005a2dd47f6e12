import {
  adagradHyper,
  adamHyper,
  arenaBlock,
  frozen,
  lionHyper,
  nadamHyper,
  radamHyper,
  rmspropHyper,
  type UpdateRule,
  type UpdateRuleName,
  update,
  updateOracle,
  updateRules,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();
const moments = { lr: 0.1, betas: [0.9, 0.99], eps: 1e-3, weightDecay: 0.1 } as const;
const root = { lr: 0.1, alpha: 0.9, eps: 1e-2, momentum: 0.5, weightDecay: 0.1 };
const adamLike = adamHyper({ ...moments, beta1: 0.9, beta2: 0.99 }, 3);

/** Numbers of the first and of a later step: RAdam has two formulas. */
const hypers: Readonly<Record<UpdateRuleName, readonly (readonly number[])[]>> = {
  rmsprop: [rmspropHyper(root)],
  rmspropCentered: [rmspropHyper(root)],
  amsgrad: [adamLike],
  amsgradW: [adamLike],
  adagrad: [adagradHyper({ lr: 0.1, lrDecay: 0.1, eps: 1e-3, weightDecay: 0.1 }, 3)],
  nadam: [nadamHyper({ ...moments, momentumDecay: 4e-3 }, 3)],
  radam: [radamHyper(moments, 1), radamHyper(moments, 30)],
  lion: [lionHyper(moments)],
};

describe.each(devices)('optimisers of the table on $name', ({ device }) => {
  const blockGroups = fc.array(fc.constantFrom(0, 1, frozen), { minLength: 1, maxLength: 23 });

  it.each(Object.entries<UpdateRule>(updateRules) as [UpdateRuleName, UpdateRule][])(
    '%s agrees with the oracle and leaves frozen blocks alone',
    async (name, rule) => {
      await fc.assert(
        fc.asyncProperty(
          blockGroups,
          fc.integer(),
          anyMachine,
          fc.constantFrom(...hypers[name]),
          async (list, seed, machine, own) => {
            const next = random(seed);
            const arena = () => Float32Array.from({ length: list.length * arenaBlock }, next);
            const squares = rule.row.state.map((name) =>
              /sq|sum/.test(name) ? arena().map((v) => v * v + 2) : arena(),
            );
            const before = [arena(), arena(), ...squares];
            const hyper = Float32Array.from([
              ...own,
              ...own.map((value, k) => (k === 0 ? value / 10 : value)),
            ]);
            const results = await runKernel(device, update({ blocks: list.length, rule }, machine), [
              ...before.map((data) => ({ words: data.length, data })),
              { words: list.length, data: list, type: 'u32' },
              { words: hyper.length, data: hyper },
            ]);
            const expected = before.map((values) => Float64Array.from(values));
            const [parameters, gradients, ...kept] = expected;
            updateOracle(rule, { parameters, gradients, kept, groups: list, hyper });
            for (const [b, exact] of expected.entries()) {
              expectClose(results[b], exact, 3e-6);
              for (const [block, group] of list.entries()) {
                if (group !== frozen) continue;
                const range = [block * arenaBlock, (block + 1) * arenaBlock] as const;
                expect(results[b].subarray(...range)).toEqual(before[b].subarray(...range));
              }
            }
          },
        ),
        { numRuns: 10 },
      );
    },
  );

  it('the numbers must be finite', () => {
    expect(() => rmspropHyper({ ...root, lr: Number.NaN })).toThrow(/RMSprop: lr is NaN/);
    expect(() => nadamHyper({ ...moments, lr: 1e39, momentumDecay: 0 }, 1)).toThrow(/NAdam: lr/);
  });
});
