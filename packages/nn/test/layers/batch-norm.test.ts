import { readFileSync } from 'node:fs';
import { backward, imageTensor, noGrad, type Tensor, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { BatchNorm2d, type BatchNormLayerOptions, Conv2d, Init, ReLU, Sequential } from '../../src/index.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

/** Two batches of training and one of evaluation in PyTorch, recorded by `../fixtures/batch_norm.py`. */
interface Recorded {
  readonly options: BatchNormLayerOptions;
  readonly batches: readonly {
    readonly x: readonly number[];
    readonly dy: readonly number[];
    readonly y: readonly number[];
    readonly gradients: Readonly<Record<string, readonly number[]>>;
    readonly state: Readonly<Record<string, readonly number[]>>;
  }[];
}
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../fixtures/batch-norm.json', import.meta.url), 'utf8'),
);
const shape = [2, 3, 2, 3];

describe.each(await openTestRuntimes())('BatchNorm on $name', ({ runtime }) => {
  const init = new Init(runtime, 0);
  const images = (values: ArrayLike<number>) => imageTensor(runtime, values, shape);
  const waves = (phase: number) =>
    images(Float32Array.from({ length: 36 }, (_, i) => Math.sin(i * 1.7 + phase)));

  it.each(recorded.map((one) => ({ ...one, title: JSON.stringify(one.options) })))(
    'is PyTorch’s in training, then in evaluation: $title',
    async ({ options, batches }) => {
      const layer = new BatchNorm2d(init, 3, options);
      for (const [index, { x, dy, y, gradients, state }] of batches.entries()) {
        layer.train(index < 2);
        layer.zeroGrad();
        const input = images(x).requiresGrad_();
        const output = layer.forward(input);
        backward(output, tensor(runtime, dy, shape));
        expect(largestDifference(await output.array(), y)).toBeLessThan(3e-6);
        const leaves = new Map([['x', input], ...layer.namedParameters()]);
        expect([...leaves.keys()]).toEqual(Object.keys(gradients));
        for (const [name, leaf] of leaves) {
          const found = await leaf.grad!.array();
          expect(largestDifference(found, gradients[name]), name).toBeLessThan(1e-5);
        }
        const own = await layer.stateDict();
        expect([...own.keys()]).toEqual(Object.keys(state));
        for (const [name, { data }] of own) {
          expect(largestDifference(Array.from(data, Number), state[name]), name).toBeLessThan(1e-6);
        }
      }
    },
  );

  it('with momentum null counts every batch alike in recorded steps, too, and goes on from a saved state', async () => {
    const [eager, recorded, resumed] = [1, 2, 3].map(() => new BatchNorm2d(init, 3, { momentum: null }));
    for (let batch = 0; batch < 5; batch++) runtime.step(() => eager.forward(waves(1)));
    const step = runtime.record(() => recorded.forward(waves(1)));
    const half = await recorded.stateDict();
    for (let batch = 1; batch < 5; batch++) step.replay();
    expect(recorded.numBatchesTracked!.value).toBe(5);
    expect(await recorded.stateDict()).toEqual(await eager.stateDict());
    resumed.loadStateDict(half);
    for (let batch = 1; batch < 5; batch++) runtime.step(() => resumed.forward(waves(1)));
    expect(await resumed.stateDict()).toEqual(await eager.stateDict());
    step.dispose();
  });

  it('without running statistics does the same in both modes, and freezes without a decision', async () => {
    const layer = new BatchNorm2d(init, 3, { trackRunningStats: false });
    const training = await layer.forward(waves(2)).array();
    expect(await layer.eval().forward(waves(2)).array()).toEqual(training);
    layer.freeze();
    expect(layer.usesBatchStatistics).toBe(true);
    expect(String(layer)).toBe('BatchNorm2d(3, eps: 0.00001, momentum: 0.1, trackRunningStats: false)');
    const plain = new BatchNorm2d(init, 3, { affine: false, momentum: null });
    expect(String(plain)).toBe('BatchNorm2d(3, eps: 0.00001, momentum: null, affine: false)');
    expect(plain.parameters()).toEqual([]);
    expect(() => plain.freeze()).toThrow(/needs a decision/);
  });

  it('has the same bits in chains with other layers, with all options', async () => {
    for (const { options } of recorded) {
      const run = async (apart: boolean) => {
        const conv = new Conv2d(new Init(runtime, 5), 3, 4, { kernelSize: 3, padding: 1 });
        const norm = new BatchNorm2d(init, 4, options);
        const layers = [conv, norm, new ReLU()];
        const net = new Sequential(...layers);
        const forward = (x: Tensor) =>
          apart ? layers.reduce<Tensor>((y, layer) => layer.forward(y), x) : net.forward(x);
        const training = await forward(waves(3)).array();
        net.eval();
        return [training, await noGrad(() => forward(waves(4))).array()];
      };
      const [together, apart] = [await run(false), await run(true)];
      expect(together[0]).toEqual(apart[0]);
      expect(largestDifference(together[1], apart[1])).toBeLessThan(1e-6);
    }
  });

  it('says what an option may be', () => {
    expect(() => new BatchNorm2d(init, 3, { momentum: 2 })).toThrow(
      /momentum must be .*or null for the mean over all batches/,
    );
    expect(() => new BatchNorm2d(init, 3, { affine: 1 as never })).toThrow(/affine must be/);
  });
});
