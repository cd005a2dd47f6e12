import type { HostTensor, StateDict } from '@glassbox/nn';
import { describe, expect, it } from 'vitest';
import { layerChanges } from '../../src/training/watch.ts';

const tensor = (...values: number[]): HostTensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});

describe('how far the layers of a net have moved', () => {
  const before: StateDict = new Map<string, HostTensor>([
    ['conv1.weight', tensor(1, 2, 3)],
    ['conv1.bias', tensor(0.5)],
    ['bn1.weight', tensor(1)],
    ['bn1.running_mean', tensor(0, 0)],
    ['bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(0n) }],
  ]);

  it('is counted weight by weight, and running statistics apart', () => {
    const after = new Map(before);
    after.set('conv1.weight', tensor(1, 2.5, 2.75));
    after.set('bn1.running_mean', tensor(0, -0.125));
    after.set('bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(9n) });
    expect(layerChanges(before, after, (layer) => layer === 'conv1')).toEqual([
      { layer: 'conv1', frozen: false, weights: 4, changed: 2, largest: 0.5 },
      { layer: 'bn1', frozen: true, weights: 1, changed: 0, largest: 0, statistics: 0.125 },
    ]);
  });

  it('is 0 where nothing moved, and seen where only the last bit did', () => {
    expect(layerChanges(before, before, () => false).map(({ largest }) => largest)).toEqual([0, 0]);
    const after = new Map(before);
    after.set('conv1.bias', tensor(0.5 + 2 ** -24));
    expect(layerChanges(before, after, () => false)[0]).toMatchObject({ changed: 1, largest: 2 ** -24 });
  });
});
