import { backward, div, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  crossEntropyLoss,
  type FitOptions,
  type FitState,
  Flatten,
  fit,
  gatherBatch,
  Init,
  Linear,
  type Module,
  ReLU,
  Sequential,
  SGD,
  withRows,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const loss = crossEntropyLoss();

describe.each(runtimes)('gradients of several batches on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 26, 8, 1);
  const withoutNorm = () => {
    const init = new Init(runtime, 3);
    return new Sequential(new Flatten(), new Linear(init, 64, 6), new ReLU(), new Linear(init, 6, 2));
  };
  const sgd = (net: Module) => new SGD(net.parameters(), { lr: 0.1, momentum: 0.9, weightDecay: 0.01 });
  const run = async (net: Module, options: Partial<FitOptions>) => {
    const base = { train, loss, optimizer: sgd(net), epochs: 3, batchSize: 4, restoreBest: false };
    const { history } = await fit(net, { ...base, ...options });
    return { state: await net.stateDict(), losses: history.map(({ trainLoss }) => trainLoss) };
  };
  const schedule = (t: number) => 1 / (1 + t);

  it.each([2, 3, 4])('%i batches: the bits of a loop written by hand', async (accumulate) => {
    // 7 batches, the last of 2 images: no group but for one is complete at the end.
    const found = await run(new SmallNet(runtime), {
      accumulate,
      shuffle: false,
      clipNorm: 0.5,
      schedule,
      scheduleUnit: 'step',
    });
    const net = new SmallNet(runtime);
    const optimizer = sgd(net);
    let updates = 0;
    for (let epoch = 1; epoch <= 3; epoch++) {
      for (let start = 0, waiting = 0; start < 26; start += 4) {
        const rows = train.rows.subarray(start, start + 4);
        runtime.step(() => {
          const batch = gatherBatch(train, tensor(runtime, rows, [rows.length], { dtype: 'u32' }));
          backward(div(loss(net.forward(batch.images), batch), accumulate));
        });
        if (++waiting < accumulate && start + 4 < 26) continue;
        waiting = 0;
        optimizer.scaleRates(schedule(updates++));
        runtime.step(() => {
          optimizer.clipGradients(0.5);
          optimizer.step();
          optimizer.zeroGrad();
        });
      }
    }
    expect(found.state).toEqual(await net.stateDict());
  });

  it('batches of several sizes, each of which may be the first of a step', async () => {
    const sizes = [5, 3, 3, 5, 3, 5, 2];
    const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
    const parts = sizes.map((size, i) => train.rows.subarray(starts[i], starts[i] + size));
    const batchOf = (rows: Uint32Array) =>
      gatherBatch(train, tensor(runtime, rows, [rows.length], { dtype: 'u32' }));
    const tensors = parts.map(batchOf).map(({ images, labels }) => ({ images, labels }));
    const found = await run(new SmallNet(runtime), {
      train: tensors,
      batchSize: undefined,
      epochs: 4,
      accumulate: 2,
    });
    const net = new SmallNet(runtime);
    const optimizer = sgd(net);
    for (let epoch = 1; epoch <= 4; epoch++) {
      for (const [i, rows] of parts.entries()) {
        runtime.step(() => {
          const batch = batchOf(rows);
          backward(div(loss(net.forward(batch.images), batch), 2));
        });
        if (i % 2 === 0 && i < 6) continue;
        optimizer.step();
        optimizer.zeroGrad();
      }
    }
    expect(found.state).toEqual(await net.stateDict());
  });

  it('three batches of 4 are one of 12, but for rounding', async () => {
    const [one, other] = [withoutNorm(), withoutNorm()];
    const part = withRows(train, train.rows.subarray(0, 24));
    const many = await run(one, { train: part, accumulate: 3, seed: 2 });
    const large = await run(other, { train: part, batchSize: 12, seed: 2 });
    for (const [name, { data }] of many.state) {
      const expected = large.state.get(name)!.data as Float32Array;
      expect(largestDifference(data as Float32Array, expected), name).toBeLessThan(2e-5);
    }
    for (const [i, value] of many.losses.entries()) expect(value).toBeCloseTo(large.losses[i], 5);
  });

  it('go on after an interruption to the same bits, also one in the middle of a step', async () => {
    const states: FitState[] = [];
    const options = { accumulate: 3, epochs: 4, schedule, scheduleUnit: 'step', seed: 5 } as const;
    const whole = await run(new SmallNet(runtime), {
      ...options,
      checkpoint: (state) => void states.push(state),
    });
    expect(states.map(({ updates }) => updates)).toEqual([3, 6, 9, 12]);
    const abort = new AbortController();
    const net = new SmallNet(runtime);
    const last: FitState[] = [];
    await run(net, {
      ...options,
      signal: abort.signal,
      checkpoint: (state) => void last.push(state),
      progress: ({ epoch, step }) => epoch === 3 && step === 2 && abort.abort(),
    });
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true);
    const again = await run(new SmallNet(runtime), { ...options, resume: last.at(-1) });
    expect(again).toEqual(whole);
    const other = { ...train, normalization: { mean: 0.4, std: 0.5 } };
    await expect(run(new SmallNet(runtime), { ...options, train: other, resume: states[0] })).rejects.toThrow(
      'was trained with mean 0.5 and std 0.5, and these images have mean 0.4 and std 0.5',
    );
  });

  it('dropLast leaves out the smaller batch', async () => {
    const seen: number[] = [];
    const progress: FitOptions['progress'] = ({ steps }) => seen.push(steps!);
    const dropped = await run(new SmallNet(runtime), { dropLast: true, shuffle: false, progress });
    expect(new Set(seen)).toEqual(new Set([6]));
    const fewer = withRows(train, train.rows.subarray(0, 24));
    expect(await run(new SmallNet(runtime), { train: fewer, shuffle: false })).toEqual(dropped);
    await expect(run(new SmallNet(runtime), { dropLast: true, batchSize: 27 })).rejects.toThrow(
      'fit: dropLast leaves no batch, for there are 26 images and a batch has 27',
    );
    await expect(run(new SmallNet(runtime), { accumulate: 1.5 })).rejects.toThrow(
      /accumulate must be a whole/,
    );
  });
});
