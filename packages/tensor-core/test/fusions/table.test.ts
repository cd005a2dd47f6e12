/** Each row of the table of fusions computes what its ops compute one after another, with the same bits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../src/fusions/chain.ts';
import type { StepName } from '../../src/fusions/table.ts';
import { Runtime } from '../../src/index.ts';
import { relu } from '../../src/ops/index.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';
import { allFusions } from '../support/steps.ts';
import {
  anySettings,
  DrawnChain,
  hasStatistics,
  type Mode,
  modes,
  oneByOne,
  someSettings,
} from './drawn-chain.ts';

const devices = await openTestDevices();
const rows = allFusions.map((row) => ({ name: row.chain.join(' + '), row }));

describe.each(devices)('fusions on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(rows)('$name: values, gradients and statistics have the same bits', async ({ row }) => {
    const used = new Set<Mode>();
    for (const mode of Object.keys(modes) as Mode[]) {
      const property = fc.asyncProperty(anySettings, fc.boolean(), async (settings, afterRelu) => {
        fc.pre(hasStatistics(row.chain, settings));
        const make = () => new DrawnChain(runtime, row.chain, settings, mode);
        const fused = await make().run((x, steps) => chain(afterRelu ? relu(x) : x, steps));
        const plain = await make().run((x, steps) => oneByOne(afterRelu ? relu(x) : x, steps));
        expect(fused.values).toEqual(plain.values);
        expect(fused.gradients).toEqual(plain.gradients);
        expect(fused.kernels.length).toBeLessThanOrEqual(plain.kernels.length);
        if (fused.kernels.join() !== plain.kernels.join()) used.add(mode);
      });
      await fc.assert(property, { numRuns: Math.ceil(runs(device, 24).numRuns / 3) });
    }
    expect(used, 'modes in which the fusion is used').not.toEqual(new Set());
    if (!row.when) expect(used).toEqual(new Set(Object.keys(modes)));
  });

  it.each(rows)('$name: not used where one op is another one', async ({ row }) => {
    const other: StepName = row.chain[0] === 'linear' ? 'batchNorm' : 'avgPool2d';
    for (const at of row.chain.keys()) {
      if (at === 0) continue;
      const ops = row.chain.with(at, other);
      const make = () => new DrawnChain(runtime, ops, someSettings, 'inference');
      const [fused, plain] = [await make().run(chain), await make().run(oneByOne)];
      expect(fused.values).toEqual(plain.values);
      expect(fused.kernels.filter((name) => /^avgPool2d/.test(name)).length).toBe(
        other === 'avgPool2d' ? 1 : 0,
      );
    }
  });

  it.each(rows)('$name: any single tensor learns as in the plain chain', async ({ row }) => {
    const count = new DrawnChain(runtime, row.chain, someSettings, 'evaluation').leaves.length;
    for (let learning = 0; learning < count; learning++) {
      const run = async (forward: typeof chain) => {
        const drawn = new DrawnChain(runtime, row.chain, someSettings, 'evaluation');
        for (const [index, leaf] of drawn.leaves.entries()) leaf.requiresGrad_(index === learning);
        return (await drawn.run(forward)).gradients;
      };
      const gradients = await run(chain);
      expect(gradients[learning]).not.toBeNull();
      expect(gradients).toEqual(await run(oneByOne));
    }
  });

  it('take in as many ops as one kernel can, and leave the others', () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    const settings = { ...someSettings, outputs: 4 };
    const kernels = async (mode: Mode) => {
      const ops = ['relu', 'conv2d', 'batchNorm', 'relu', 'maxPool2d', 'relu'] as const;
      const drawn = new DrawnChain(runtime, ops, settings, mode);
      return (await drawn.run(chain)).kernels.filter((name) => /Forward$/.test(name));
    };
    const ends = ['reluForward', 'maxPool2dForward', 'reluForward'];
    return Promise.all([
      expect(kernels('inference')).resolves.toEqual([ends[0], 'conv2dForward', ...ends.slice(1)]),
      expect(kernels('training')).resolves.toEqual([
        ...[ends[0], 'conv2dForward', 'batchNormReluMaxPoolForward', ends[2]],
      ]),
    ]);
  });
});
