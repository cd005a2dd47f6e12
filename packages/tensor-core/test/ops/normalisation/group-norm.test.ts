import { groupNormForwardOracle, imageLayout } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { groupNorm } from '../../../src/ops/index.ts';
import { imageTensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { imageLayoutsOf, input, layoutsOf } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 9 }),
    split: fc.constantFrom([1, 3], [3, 1], [1, 5], [5, 1], [2, 4], [4, 2], [8, 1], [2, 3]),
    inner: fc.oneof(
      fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 5 })),
      fc.tuple(fc.integer({ min: 2, max: 9 })),
    ),
  })
  .chain(({ batch, split: [groups, each], inner }) => {
    const channels = [groups * each];
    return fc.record({
      x: input([batch, ...channels, ...inner], {
        layouts: inner.length === 2 ? imageLayoutsOf : layoutsOf,
        frozen: true,
      }),
      weight: fc.option(input(channels, { frozen: true })),
      bias: fc.option(input(channels, { frozen: true })),
      groups: fc.constant(groups),
    });
  });

describe.each(devices)('groupNorm on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('value and gradients of x, weight and bias, of images and of rows', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, weight, bias, groups }) => {
        const given = [x, weight, bias].filter((one) => one !== null);
        const named = <T>(values: readonly T[]) => ({
          ...(weight && { weight: values[1] }),
          ...(bias && { bias: values[weight ? 2 : 1] }),
        });
        // Groups of few numbers have deviations near 0, where rstd is steep: eps keeps them apart.
        const eps = 0.5;
        await checkOp(runtime, {
          name: 'groupNorm',
          inputs: given,
          op: (...values) => groupNorm(values[0], groups, { ...named(values), eps }),
          oracle: (...values) =>
            groupNormForwardOracle(values[0], x.shape, groups, { ...named(values), eps }),
          shape: x.shape,
          leastGradient: 0.05,
        });
      }),
      runs(device, 25),
    );
  });

  it('keeps images as they lie, and says what does not fit', () => {
    const x = imageTensor(runtime, new Float32Array(48), [1, 6, 2, 4]);
    expect(groupNorm(x, 3).layout).toEqual(imageLayout(x.shape));
    expect(() => groupNorm(x, 4)).toThrow(
      'groupNorm: the 6 channels of [1,6,2,4] cannot be split into 4 equal groups',
    );
    expect(() => groupNorm(x, 0)).toThrow(/groupNorm: numGroups/);
    expect(() => groupNorm(x, 2, { bias: zeros(runtime, [2]) })).toThrow(
      'groupNorm: bias is [2], but the input [1,6,2,4] has 6 channels',
    );
    expect(() => groupNorm(x, 2, { eps: -1 })).toThrow(/groupNorm: eps/);
    expect(() => groupNorm(zeros(runtime, [6]), 2)).toThrow(/expected input \[N,C,…\] but got \[6\]/);
    expect(() => groupNorm(zeros(runtime, [1, 6, 1, 1]), 6)).toThrow(/a single value for each/);
  });
});
