/** What gradient rules tell each other saves kernels and changes no value: each pair of the table, with and without. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward, differentiable } from '../../src/autograd.ts';
import { chain } from '../../src/fusions/chain.ts';
import { gradientFacts } from '../../src/fusions/gradient-facts.ts';
import type { StepName } from '../../src/fusions/table.ts';
import { Runtime } from '../../src/index.ts';
import { add, crossEntropy, mul, sum } from '../../src/ops/index.ts';
import { Tensor, tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';
import { stepOps } from '../support/steps.ts';
import { anySettings, DrawnChain, hasStatistics, oneByOne, someSettings } from './drawn-chain.ts';

const devices = await openTestDevices();

const rows = Object.values(gradientFacts);
const opsIn = (name: string) => name.split(' + ').filter((op): op is StepName => op in stepOps);

/** The same tensor as the output of an op that knows nothing and uses nothing. */
const hidden = (x: Tensor) =>
  differentiable('hidden', new Tensor(x.runtime, x.layout, x.dtype, x.storage), [x], (dy) => [dy]);

/** Ops through which a gradient may pass as it is. */
const transparent = rows.flatMap(({ unchangedBy = [] }) => unchangedBy) as StepName[];

/** Pairs of the table, each also with a transparent op between them. */
const pairs = Object.entries(gradientFacts).flatMap(([fact, row]) =>
  row.usedBy.flatMap((user) => {
    const makers = row.knownBy.filter((name) => !(user.startsWith('linear') && name.includes('maxPool2d')));
    const ways = [[], ...transparent.filter((op) => !user.endsWith(op)).map((op) => [op])];
    return makers.flatMap((maker) => ways.map((through) => ({ fact, row, user, maker, through })));
  }),
);

describe.each(devices)('what is known about gradients on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const numRuns = Math.ceil(runs(device, 24).numRuns / 4);

  it.each(pairs.filter(({ maker }) => maker !== 'backward'))(
    '$fact, from $maker to $user through [$through]',
    async ({ row, user, maker, through }) => {
      const [used, made] = [opsIn(user), opsIn(maker)];
      const ops = [...used, ...through, ...made];
      await fc.assert(
        fc.asyncProperty(anySettings, async (settings) => {
          fc.pre(hasStatistics(ops, settings));
          // Without a bias nobody wants its gradient, a sum that is rounded differently.
          const drawn = { ...settings, withBias: row.rounds === true, ofRows: false };
          for (const uses of ['one', 'unknown first', 'known first']) {
            const run = (between: (x: Tensor) => Tensor) =>
              new DrawnChain(runtime, ops, drawn, 'training').run((x, steps) => {
                const first = chain(x, steps.slice(0, used.length));
                const y = oneByOne(first, steps.slice(used.length, -made.length));
                // Where the gradients of two uses are added, nothing is known of the sum. The newer op comes first.
                const before = uses === 'known first' ? sum(mul(y, y)) : null;
                const z = chain(between(y), steps.slice(-made.length));
                return uses === 'one' ? z : add(before ?? sum(mul(y, y)), sum(mul(z, z)));
              });
            const [known, unknown] = [await run((y) => y), await run(hidden)];
            expect(known.values).toEqual(unknown.values);
            for (const [index, gradient] of known.gradients.entries()) {
              if (row.rounds) expectNear(gradient!, unknown.gradients[index]!);
              else expect(gradient, `gradient ${index}`).toEqual(unknown.gradients[index]);
            }
            const saved = [known, unknown].map(
              ({ kernels }) => kernels.filter((name) => row.saves.test(name)).length,
            );
            if (uses === 'one') expect(saved[0]).toBeLessThan(saved[1]);
            else expect(saved[0]).toBe(saved[1]);
          }
        }),
        { numRuns },
      );
    },
  );

  it.each(pairs.filter(({ maker }) => maker === 'backward'))(
    '$fact, from $maker to $user',
    async ({ row }) => {
      const labels = tensor(runtime, [0, 2, 1], [3], { dtype: 'u32' });
      const run = (last: (x: Tensor) => Tensor) =>
        new DrawnChain(runtime, ['linear'], { ...someSettings, outputs: 4 }, 'training').run(oneByOne, (y) =>
          last(crossEntropy(y, labels)),
        );
      const [known, unknown] = [await run((loss) => loss), await run(hidden)];
      expect(known.values).toEqual(unknown.values);
      expect(known.gradients).toEqual(unknown.gradients);
      expect(unknown.kernels.filter((name) => row.saves.test(name)).length).toBe(1);
      expect(known.kernels.filter((name) => row.saves.test(name))).toEqual([]);
    },
  );

  it('a gradient that the caller gives is not known to be 1', async () => {
    const labels = tensor(runtime, [0, 2, 1], [3], { dtype: 'u32' });
    const gradients = [1, 3].map((factor) => {
      const logits = tensor(runtime, [1, -2, 3, 0.5, 2, 1, -1, 0, 4], [3, 3]).requiresGrad_();
      backward(crossEntropy(logits, labels), tensor(runtime, [factor], []));
      return logits.grad!.array();
    });
    const [once, thrice] = await Promise.all(gradients);
    expect(Array.from(thrice)).toEqual(Array.from(once, (value) => Math.fround(3 * value)));
  });

  it("a convolution's bias in front of batch norm has a gradient of 0", async () => {
    const { gradients } = await new DrawnChain(
      runtime,
      ['conv2d', 'batchNorm'],
      someSettings,
      'training',
    ).run(chain);
    expect(gradients[2]).toEqual(new Float32Array(someSettings.outputs));
  });
});

/** A sum in another order. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let k = 0; k < expected.length; k++)
    expect(Math.abs(actual[k] - expected[k])).toBeLessThan(2e-5 * scale);
}
