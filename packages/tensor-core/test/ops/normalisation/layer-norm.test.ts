import { elementCount, layerNormForwardOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { layerNorm } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

const cases = shapes(1, 4)
  .chain((shape) => fc.record({ shape: fc.constant(shape), last: fc.integer({ min: 1, max: shape.length }) }))
  .chain(({ shape, last }) => {
    const size = shape.slice(-last);
    return fc.record({
      x: input(shape, { frozen: true }),
      weight: fc.option(input(size, { frozen: true })),
      bias: fc.option(input(size, { frozen: true })),
      size: fc.constant(size),
    });
  });

describe.each(devices)('layerNorm on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('value and gradients of x, weight and bias, over any of the last dimensions', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, weight, bias, size }) => {
        const given = [x, weight, bias].filter((one) => one !== null);
        const named = <T>(values: readonly T[]) => ({
          ...(weight && { weight: values[1] }),
          ...(bias && { bias: values[weight ? 2 : 1] }),
        });
        // Rows of few numbers have deviations near 0, where rstd is steep: eps keeps them apart.
        const eps = 0.5;
        await checkOp(runtime, {
          name: 'layerNorm',
          inputs: given,
          op: (...values) => layerNorm(values[0], size, { ...named(values), eps }),
          oracle: (...values) =>
            layerNormForwardOracle(values[0], elementCount(size), { ...named(values), eps }),
          shape: x.shape,
          leastGradient: 0.05,
        });
      }),
      runs(device, 25),
    );
  });

  it('says what does not fit', () => {
    const x = zeros(runtime, [2, 3, 4]);
    expect(layerNorm(x, 4).shape).toEqual([2, 3, 4]);
    expect(() => layerNorm(x, 3)).toThrow('layerNorm: expected input […,3] but got [2,3,4]');
    expect(() => layerNorm(x, [2, 2, 3, 4])).toThrow(/expected input \[…,2,2,3,4\]/);
    expect(() => layerNorm(x, 0)).toThrow(/layerNorm: normalizedShape/);
    expect(() => layerNorm(x, 4, { weight: zeros(runtime, [3]) })).toThrow(
      'layerNorm: weight is [3], but the normalised shape is [4]',
    );
    expect(() => layerNorm(x, 4, { eps: Number.NaN })).toThrow(/layerNorm: eps/);
    expect(() => layerNorm(x, 4, { epsilon: 1 } as never)).toThrow(/did you mean 'eps'/);
  });
});
