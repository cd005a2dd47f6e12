import { imageLayout } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { chain } from '../../../src/fusions/chain.ts';
import { batchNormStep, step } from '../../../src/fusions/steps.ts';
import { avgPool2d, maxPool2d } from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { withRelu } from '../../support/steps.ts';
import { comparison, fixture, numbers, ordinary } from './support.ts';

const devices = await openTestDevices();
const pools = { maxPool2d, avgPool2d };

describe.each(devices)('special values of pooling and batch norm on $name', ({ device }) => {
  const { runtime, exact, floats, check, compared } = comparison(device);

  it.each([1, 5])('pooling of images with %i channels', async (channels) => {
    for (const one of fixture.pools) {
      const image = numbers(one.x);
      for (const name of ['maxPool2d', 'avgPool2d'] as const) {
        const shape = [1, channels, 4, 4];
        const data = Array(channels).fill(image).flat();
        const x = floats(data, shape, { layout: imageLayout(shape) }).requiresGrad_();
        const y = pools[name](x, one.window);
        const result = await y.array();
        const { y: texts, dx } = one[name];
        backward(
          y,
          tensor(
            runtime,
            Array(channels)
              .fill(texts.map((_, i) => i + 1))
              .flat(),
            y.shape,
            { layout: y.layout },
          ),
        );
        const what = `${name} of [${image.slice(0, 8)}, …], ${JSON.stringify(one.window)}`;
        check(what, result, Array(channels).fill(texts).flat(), () => image);
        check(`gradient of ${what}`, await x.grad!.array(), Array(channels).fill(dx).flat(), () => image);
      }
    }
  });

  it('batch norm', async () => {
    for (const one of fixture.batchNorm) {
      const { training } = one;
      const values = numbers(one.x);
      const x = floats(values, [4, 8]).requiresGrad_();
      const weight = floats(Array(8).fill(1.5)).requiresGrad_();
      const bias = floats(Array(8).fill(0.25)).requiresGrad_();
      const [runningMean, runningVar] = [floats(numbers(one.mean)), floats(numbers(one.var))];
      const options = { weight, bias, runningMean, runningVar, training };
      const y = chain(x, withRelu(step(batchNormStep, options), one.relu));
      const result = await y.array();
      backward(
        y,
        floats(
          values.map((_, i) => i + 1),
          [4, 8],
        ),
      );
      const found: Record<string, ArrayLike<number>> = {
        y: result,
        dx: await x.grad!.array(),
        dWeight: await weight.grad!.array(),
        dBias: await bias.grad!.array(),
        runningMean: await runningMean.array(),
        runningVar: await runningVar.array(),
      };
      for (const [name, array] of Object.entries(found)) {
        const wanted = numbers(one[name]);
        for (let channel = 0; channel < 8; channel++) {
          const own = (list: ArrayLike<number>) => Array.from(list).filter((_, i) => i % 8 === channel);
          const given = [...own(values), ...own(numbers(one.mean)), ...own(numbers(one.var))];
          if (!exact && !ordinary([...own(wanted), ...given])) continue;
          // PyTorch sums in float64; here the sum of squares must not overflow float32.
          if (training && own(values).some((v) => Number.isFinite(v) && Math.abs(v) > 1e19)) continue;
          const scale = Math.max(...own(wanted).map(Math.abs).filter(Number.isFinite), 1e-6);
          const near = own(wanted).every((v, i) =>
            Number.isFinite(v)
              ? Math.abs(own(array)[i] - v) <= 1e-3 * scale + 1e-4
              : Object.is(own(array)[i], v),
          );
          expect(
            near,
            `${name} of channel ${channel} (${own(values)}), training ${training}, relu ${one.relu}: ${own(array)} ` +
              `instead of ${own(wanted)}`,
          ).toBe(true);
        }
      }
    }
  });

  it('compared enough', () => {
    expect(compared()).toBeGreaterThan(exact ? 6000 : 700);
  });
});
