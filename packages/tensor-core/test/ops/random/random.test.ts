import {
  dropout2dOracle,
  dropoutOracle,
  imageLayout,
  randomNormalOracle,
  randomUniformOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { dropout, dropout2d, randomNormal, randomUniform } from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { runs } from '../../support/runs.ts';
import { imageLayoutsOf, imageShapes, input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();
const keys = fc.record({ seed: fc.maxSafeNat(), stream: fc.nat(), step: fc.nat() });
const shares = fc.constantFrom(0, 0.2, 0.5, 0.9);

describe.each(devices)('randomness on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('dropout: the mask of the oracle, in value and gradient', async () => {
    const cases = fc.tuple(
      shapes(0, 3).chain((shape) => input(shape)),
      shares,
      keys,
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([x, p, key]) => {
        await checkOp(runtime, {
          name: 'dropout',
          inputs: [x],
          op: (t) => dropout(t, p, { ...key, step: () => key.step }),
          oracle: (values) => dropoutOracle(values, x.shape, p, key),
          shape: x.shape,
        });
      }),
      runs(device, 15),
    );
  });

  it('dropout2d: whole channels', async () => {
    const cases = fc.tuple(
      imageShapes.chain((shape) => input(shape, { layouts: imageLayoutsOf })),
      shares,
      keys,
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([x, p, key]) => {
        await checkOp(runtime, {
          name: 'dropout2d',
          inputs: [x],
          op: (t) => dropout2d(t, p, { ...key, step: () => key.step }),
          oracle: (values) => dropout2dOracle(values, x.shape, p, key),
          shape: x.shape,
        });
      }),
      runs(device, 15),
    );
  });

  it('randomUniform and randomNormal: the numbers of their oracles', async () => {
    await fc.assert(
      fc.asyncProperty(shapes(0, 4), keys, async (shape, key) => {
        const source = { ...key, step: () => key.step };
        const range = { low: -1.5, high: 2 };
        const uniform = randomUniform(runtime, shape, source, range);
        const normal = randomNormal(runtime, shape, source, { mean: 1, std: 2 });
        const [u, z] = [await uniform.array(), await normal.array()];
        const exact = randomUniformOracle(shape, range, key);
        expectNear(fromOp(u, device, 'randomUniform', 'value'), exact, 1e-6, 2);
        const expected = randomNormalOracle(shape, { mean: 1, std: 2 }, key);
        expectNear(fromOp(z, device, 'randomNormal', 'value'), expected, 5e-6, 2);
      }),
      runs(device, 15),
    );
  });

  it('draws anew at each step and the same again for the same step', async () => {
    const shape = [2, 8, 4, 4];
    const x = tensor(runtime, new Float32Array(256).fill(1), shape, { layout: imageLayout(shape) });
    const at = (step: number) => dropout(x, 0.5, { seed: 1, stream: 2, step: () => step }).array();
    expect(await at(3)).toEqual(await at(3));
    expect(await at(4)).not.toEqual(await at(3));
  });
});
