import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { bceWithLogits, crossEntropy, l1Loss, mseLoss } from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { comparison, fixture, numbers, ordinary } from './support.ts';

const devices = await openTestDevices();

describe.each(devices)('special values of losses on $name', ({ device }) => {
  const { runtime, exact, floats, check, compared } = comparison(device);

  it('cross-entropy', async () => {
    for (const one of fixture.crossEntropy) {
      const values = numbers(one.x);
      const x = floats(values, [2, one.classes]).requiresGrad_();
      const labels = tensor(runtime, [one.label, 0], [2], { dtype: 'u32' });
      const weight = one.weight ? floats(numbers(one.weight)) : undefined;
      const loss = crossEntropy(x, labels, { weight, labelSmoothing: one.smoothing });
      backward(loss);
      const what = `[${values}], label ${one.label}, smoothing ${one.smoothing}, weight ${one.weight}`;
      check(what, await loss.array(), [one.loss], () => values, { relative: 1e-5 });
      const dx = await x.grad!.array();
      const wanted = numbers(one.dx);
      if (!exact && !ordinary([...values, ...wanted, Number(one.loss)])) continue;
      const near = wanted.every((v, i) =>
        Number.isFinite(v) ? Math.abs(dx[i] - v) < 1e-6 : Object.is(dx[i], v),
      );
      expect(near, `gradient of ${what}: ${dx} instead of ${wanted}`).toBe(true);
    }
  });

  it('element-wise losses', async () => {
    for (const one of fixture.pointwise) {
      const [value, target] = [Number(one.x), Number(one.t)];
      const x = floats([value]).requiresGrad_();
      const [name, weighted] = one.loss.split(' ');
      const loss =
        name === 'bceWithLogits'
          ? bceWithLogits(
              x,
              floats([target]),
              weighted ? { posWeight: floats([3]), weight: floats([2]) } : {},
            )
          : (name === 'mseLoss' ? mseLoss : l1Loss)(x, floats([target]));
      backward(loss);
      check(`${one.loss} of ${value}, ${target}`, await loss.array(), [one.y], () => [value, target]);
      check(`gradient of ${one.loss} of ${value}, ${target}`, await x.grad!.array(), [one.dx], () => [
        value,
        target,
      ]);
    }
  });

  it('compared enough', () => {
    expect(compared()).toBeGreaterThan(exact ? 1000 : 380);
  });
});
