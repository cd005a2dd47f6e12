import { backward, flatten, sum, tensor, zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Init, Linear, ReLU, Sequential } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

describe.each(runtimes)('Linear on $name', ({ runtime }) => {
  const data = Float32Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i * 1.7));

  it('treats each row of any leading dimensions alike: the bits of [N,in]', async () => {
    const layer = new Linear(new Init(runtime, 1), 5, 4);
    const results = await Promise.all(
      [
        [6, 5],
        [2, 3, 5],
        [2, 1, 3, 5],
      ].map(async (shape) => {
        const x = tensor(runtime, data, shape).requiresGrad_();
        const y = new Sequential(layer, new ReLU()).forward(x);
        expect(y.shape).toEqual([...shape.slice(0, -1), 4]);
        layer.zeroGrad();
        backward(sum(y.square()));
        const { weight, bias } = layer;
        return Promise.all([y, x.grad!, weight.grad!, bias!.grad!].map((result) => result.array()));
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const row = await layer.forward(tensor(runtime, data.slice(0, 5), [5])).tolist();
    const all = await layer
      .forward(tensor(runtime, data, [6, 5]))
      .at(0)
      .tolist();
    expect(row).toEqual(all);
  });

  it('says what it expects', () => {
    const layer = new Linear(new Init(runtime, 1), 5, 4);
    const images = zeros(runtime, [2, 1, 2, 3]);
    expect(() => layer.forward(images)).toThrow(
      'Linear: expected input […,5] but got [2,1,2,3]; flatten images first, or build the layer with 3 inputs',
    );
    expect(() => layer.forward(flatten(images))).toThrow('got [2,6]; build the layer with 6 inputs');
    expect(() => layer.forward(zeros(runtime, []))).toThrow('Linear: expected input […,5] but got []');
    expect(() => layer.forward([1, 2] as never)).toThrow(/Linear: the input must be a tensor/);
  });
});
