import { oneHotOracle } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { cast, oneHot, relu } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';

describe.each(await openTestDevices())('oneHot on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const whole = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    tensor(runtime, values, shape, { dtype: 'u32' });

  it.each([
    [[3], 2],
    [[5], 5],
    [[2, 3], 4],
    [[2, 3, 5], 3],
    [[], 7],
  ])('has a 1 at each label of [%j] among %d classes', async (shape, classes) => {
    const labels = Array.from(
      { length: shape.reduce((n, size) => n * size, 1) },
      (_, i) => (i * 7) % classes,
    );
    const y = oneHot(whole(labels, shape), classes);
    expect(y.shape).toEqual([...shape, classes]);
    expectClose(fromOp(await y.array(), device, 'oneHot', 'value'), oneHotOracle(labels, classes), 0);
  });

  it('says which label is out of bounds', async () => {
    expect(() => oneHot(whole([0, 1, 2]), 2)).toThrow(
      /oneHot: label 2, number 2 of them, is out of bounds: there are 2 columns \(classes 0 to 1\)/,
    );
    const y = oneHot(cast(relu(tensor(runtime, [1, 4], [2])), 'u32'), 2);
    await expect(y.array()).rejects.toThrow(/oneHot: label 4, number 1/);
    expect(await y.array()).toEqual(Float32Array.of(0, 1, Number.NaN, Number.NaN));
    expect(() => oneHot(zeros(runtime, [2]), 2)).toThrow(/oneHot: labels are u32, not f32/);
    expect(() => oneHot(whole([0]), 0)).toThrow(/numClasses/);
  });
});
