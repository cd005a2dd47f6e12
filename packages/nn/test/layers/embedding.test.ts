import { backward, mul, sum, tensor, zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Embedding, Init, RandomStream, SGD } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('Embedding on $name', ({ runtime }) => {
  const whole = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    tensor(runtime, values, shape, { dtype: 'u32' });

  it('gives rows, drawn from the normal distribution, and learns those that were asked for', async () => {
    const layer = new Embedding(new Init(runtime, 4), 5, 3);
    const random = new RandomStream(4, 0);
    const rows = Array.from({ length: 5 }, () =>
      Array.from({ length: 3 }, () => Math.fround(random.normal())),
    );
    const y = layer.forward(whole([4, 0, 0, 2], [2, 2]));
    expect(await y.tolist()).toEqual([
      [rows[4], rows[0]],
      [rows[0], rows[2]],
    ]);
    backward(sum(mul(y, 2)));
    expect(await layer.weight.grad!.tolist()).toEqual([4, 0, 2, 0, 2].map((g) => [g, g, g]));
  });

  it('keeps the padding row at 0', async () => {
    const layer = new Embedding(new Init(runtime, 4), 5, 3, { paddingIdx: -4 });
    expect(layer.paddingIdx).toBe(1);
    const optimizer = new SGD(layer.parameters(), { lr: 0.1 });
    const before = (await layer.weight.tolist()) as number[][];
    expect(before[1]).toEqual([0, 0, 0]);
    backward(sum(layer.forward(whole([1, 3, 1]))));
    optimizer.step();
    const after = (await layer.weight.tolist()) as number[][];
    expect(after[1]).toEqual([0, 0, 0]);
    expect(after[3]).not.toEqual(before[3]);
    expect(after[0]).toEqual(before[0]);
    expect(String(layer)).toBe('Embedding(5, 3, paddingIdx: 1)');
    expect([...(await layer.stateDict()).keys()]).toEqual(['weight']);
  });

  it('says what does not fit', () => {
    const init = new Init(runtime, 4);
    expect(() => new Embedding(init, 5, 3, { paddingIdx: 5 })).toThrow(/Embedding: paddingIdx/);
    const layer = new Embedding(init, 5, 3);
    expect(() => layer.forward(whole([5]))).toThrow(/embedding: index 5/);
    expect(() => layer.forward(zeros(runtime, [1]))).toThrow(/embedding: indices are u32, not f32/);
  });
});
