import { backward, imageTensor, mul, type Runtime, sum, type Tensor, tensor } from '@glassbox/tensor-core';
import { forEachElement } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { Adam, AdamW, type Optimizer, SGD } from '../../src/optim/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

/** Words of a tensor's memory that are no elements, its zero tail included, and are not 0. */
async function dirtyWords(runtime: Runtime, { layout, storage }: Tensor): Promise<number[]> {
  await runtime.read(storage);
  const words = new Float32Array(await runtime.device.read(storage.buffer!, storage.offset, storage.bytes));
  const used = new Set<number>();
  forEachElement(layout, (_, offset) => used.add(offset));
  return [...words.keys()].filter((word) => !used.has(word) && words[word] !== 0);
}

const optimizers: Record<string, (parameters: Tensor[]) => Optimizer> = {
  SGD: (list) => new SGD(list, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  Adam: (list) => new Adam(list, { lr: 0.1, eps: 0, weightDecay: 0.1 }),
  AdamW: (list) => new AdamW(list, { lr: 0.1, betas: [0, 0] }),
};

describe.each(runtimes)('padding and zero tails in arenas on $name', ({ runtime }) => {
  it.each(Object.keys(optimizers))('%s keeps them, whatever the gradients are', async (name) => {
    for (const value of [1, Number.POSITIVE_INFINITY, Number.NaN]) {
      const image = imageTensor(runtime, new Float32Array(45).fill(1), [1, 5, 3, 3]).requiresGrad_();
      const plane = imageTensor(runtime, new Float32Array(15).fill(1), [1, 1, 3, 5]).requiresGrad_();
      const list = [image, plane];
      const optimizer = optimizers[name](list);
      for (let step = 0; step < 2; step++) {
        runtime.step(() => {
          for (const each of list) {
            const factors = new Float32Array(each.size).fill(2);
            factors[1] = value;
            backward(sum(mul(each, tensor(runtime, factors, each.shape, { layout: each.layout }))));
          }
          optimizer.clipGradients(0.5);
          optimizer.step();
        });
        for (const each of list) {
          expect(await dirtyWords(runtime, each), `${value}`).toEqual([]);
          expect(await dirtyWords(runtime, each.grad!), `gradient ${value}`).toEqual([]);
        }
        optimizer.zeroGrad();
      }
    }
  });

  it('a rate or decay that is not finite is an error, not NaN in every word', () => {
    const weight = tensor(runtime, [1], [1]).requiresGrad_();
    const step = (optimizer: Optimizer) =>
      runtime.step(() => {
        weight.grad = null;
        backward(sum(weight));
        optimizer.step();
      });
    expect(() => new SGD([weight], { lr: Number.POSITIVE_INFINITY })).toThrow(/lr is Infinity/);
    const sgd = new SGD([weight], { lr: 1 });
    sgd.scaleRates(Number.NaN);
    expect(() => step(sgd)).toThrow(/SGD: lr is NaN, which is no finite float32; check schedule and options/);
    const adam = new Adam([weight], { lr: 1e38 });
    expect(() => step(adam)).toThrow(/Adam: stepSize is 1\.\d*e\+39/);
  });
});
