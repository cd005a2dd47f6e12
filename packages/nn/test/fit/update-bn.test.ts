import { noGrad } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  AveragedModel,
  BatchNorm1d,
  batches,
  crossEntropyLoss,
  Flatten,
  fit,
  Init,
  Linear,
  Sequential,
  SGD,
  updateBn,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('updateBn on $name', ({ runtime }) => {
  const data = brightHalves(runtime, 20, 8, 1);

  it('takes the mean over the batches of their statistics, and leaves all else as it was', async () => {
    const init = new Init(runtime, 3);
    const [flatten, linear] = [new Flatten(), new Linear(init, 64, 5)];
    const norm = new BatchNorm1d(init, 5);
    const last = new BatchNorm1d(init, 5, { momentum: 0.3 });
    const net = new Sequential(flatten, linear, norm, last);
    norm.runningMean!.write(Float32Array.of(9, 9, 9, 9, 9));
    net.eval();
    last.train();
    const weights = await linear.stateDict();
    await updateBn(net, data, { batchSize: 6 });
    const [mean, variance] = [new Float64Array(5), new Float64Array(5)];
    for (const { images } of batches(data, { batchSize: 6, shuffle: false })) {
      const y = noGrad(() => linear.forward(flatten.forward(images)));
      const own = [await y.mean({ dim: 0 }).array(), await y.variance({ dim: 0 }).array()];
      for (let c = 0; c < 5; c++) {
        // Three batches of six images, and one of two.
        mean[c] += own[0][c] / 4;
        variance[c] += own[1][c] / 4;
      }
    }
    expect(largestDifference(await norm.runningMean!.array(), mean)).toBeLessThan(1e-5);
    expect(largestDifference(await norm.runningVar!.array(), variance)).toBeLessThan(1e-5);
    expect([norm, last].map(({ numBatchesTracked }) => numBatchesTracked!.value)).toEqual([4, 4]);
    expect([norm.momentum, last.momentum]).toEqual([0.1, 0.3]);
    expect([net.training, norm.training, last.training]).toEqual([false, false, true]);
    expect(await linear.stateDict()).toEqual(weights);
  });

  it('gives averaged weights statistics of their own, and gives modes back after an error', async () => {
    const net = new SmallNet(runtime);
    const average = new AveragedModel(net);
    await fit(net, {
      train: data,
      loss: crossEntropyLoss(),
      optimizer: new SGD(net.parameters(), { lr: 0.5 }),
      epochs: 2,
      batchSize: 5,
      average,
    });
    const before = await net.norm.runningMean!.array();
    await updateBn(net, data);
    expect(await net.norm.runningMean!.array()).not.toEqual(before);
    expect(net.norm.numBatchesTracked!.value).toBe(1);
    const modes = net.modeKey();
    // biome-ignore lint/correctness/useYield: it fails before its first batch
    const broken = function* (): Generator<never> {
      throw new Error('no disk');
    };
    await expect(updateBn(net, broken)).rejects.toThrow(/no disk/);
    expect([net.modeKey(), net.norm.momentum]).toEqual([modes, 0.1]);
  });

  it('keeps statistics that are frozen', async () => {
    const net = new SmallNet(runtime);
    net.freeze({ batchNorm: 'eval' });
    const before = await net.stateDict();
    await updateBn(net, data);
    expect(await net.stateDict()).toEqual(before);
  });
});
