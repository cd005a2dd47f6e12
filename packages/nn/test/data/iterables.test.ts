import { openRuntime, randomUniform, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  type BatchInput,
  batches,
  crossEntropyLoss,
  evaluate,
  examples,
  type FitOptions,
  type FitProgress,
  type FitState,
  fit,
  gatherBatch,
  predict,
  RandomStream,
  SGD,
} from '../../src/index.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const loss = crossEntropyLoss();
const shape = [1, 8, 8] as const;

/** 22 images in bytes, and their labels. */
const random = new RandomStream(5, 0);
const labels = Uint8Array.from({ length: 22 }, () => random.below(2));
const images = Uint8Array.from(
  { length: 22 * 64 },
  (_, i) => 60 * labels[Math.floor(i / 64)] + random.below(150),
);

/** Batches of 5, the last of 2, in arrays that are used again. */
function* hostBatches(): Generator<BatchInput> {
  const [pixels, classes] = [new Uint8Array(320), new Uint8Array(5)];
  for (let start = 0; start < 22; start += 5) {
    const count = Math.min(5, 22 - start);
    pixels.set(images.subarray(64 * start, 64 * (start + count)));
    classes.set(labels.subarray(start, start + count));
    yield { images: pixels.subarray(0, 64 * count), shape, labels: classes.subarray(0, count) };
  }
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    yield item;
  }
}

describe.each(runtimes)('iterables of batches on $name', ({ name, runtime }) => {
  const data = examples(runtime, { images, shape, labels });
  const run = async (options: Partial<FitOptions>, net = new SmallNet(runtime)) => {
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    const { history } = await fit(net, {
      train: data,
      loss,
      optimizer,
      epochs: 3,
      restoreBest: false,
      ...options,
    });
    const figures = history.map(({ trainLoss, trainAccuracy, valLoss, valAccuracy }) => {
      return [trainLoss, trainAccuracy, valLoss, valAccuracy];
    });
    return { figures, state: await net.stateDict() };
  };
  const expected = run({ batchSize: 5, shuffle: false, val: data, evalBatchSize: 5 });
  /** Tensors, normalised, in a layout of their own. */
  const tensors = () =>
    Array.from(hostBatches(), (_, index) => {
      const rows = Uint32Array.from({ length: index === 4 ? 2 : 5 }, (_, row) => 5 * index + row);
      return gatherBatch(data, tensor(runtime, rows, [rows.length], { dtype: 'u32' }));
    });

  it('train, validate and evaluate to the same bits as examples', async () => {
    const sources: [string, FitOptions['train']][] = [
      ['a function', hostBatches],
      ['an async function', () => later(hostBatches())],
      ['a function that gives a promise', async () => hostBatches()],
      ['an object', { [Symbol.iterator]: hostBatches }],
      ['a list of tensors', tensors().map(({ images, labels }) => ({ images, labels }))],
      [
        'tensors with labels of the host',
        tensors().map(({ images }, i) => ({
          images,
          labels: Int32Array.from(labels.subarray(5 * i, 5 * i + 5)),
        })),
      ],
      ['batches of examples', batches(data, { batchSize: 5, shuffle: false })],
    ];
    const whole = await expected;
    for (const [name, train] of sources) expect(await run({ train, val: train }), name).toEqual(whole);
    const net = new SmallNet(runtime);
    const [one, other] = [
      await evaluate(net, data, { loss, batchSize: 5, outputs: true }),
      await evaluate(net, hostBatches(), { loss, outputs: true }),
    ];
    expect(other).toEqual(one);
    expect(await predict(net, later(hostBatches()))).toEqual(one.outputs);
  });

  it('16-bit and float batches, planes, and other shapes from batch to batch', async () => {
    const net = new SmallNet(runtime);
    const wide = Uint16Array.from(images, (x) => 257 * x);
    const floats = Float32Array.from(images, (x) => (x / 255 - 0.5) / 0.5);
    const parts = (from: Uint16Array | Float32Array) =>
      [0, 7, 9, 22].slice(0, 3).map((start, i) => ({
        images: from.subarray(64 * start, 64 * [7, 9, 22][i]),
        shape,
        layout: 'NCHW' as const,
      }));
    const { values } = await predict(net, data);
    for (const from of [wide, floats]) {
      const found = await predict(net, parts(from));
      for (const [i, value] of found.values.entries()) expect(value).toBeCloseTo(values[i], 5);
    }
  });

  it('go on after an interruption to the same bits: the function is asked for the epochs that are left', async () => {
    const asked: number[] = [];
    const train = (epoch: number) => {
      asked.push(epoch);
      const all = [...hostBatches()].length;
      const items = Array.from(hostBatches(), ({ images, labels }: BatchInput) => ({
        images: (images as Uint8Array).slice(),
        labels: (labels as Uint8Array).slice(),
        shape,
      }));
      return Array.from({ length: all }, (_, i) => items[(i + epoch) % all]);
    };
    const states: FitState[] = [];
    const schedule = (t: number) => 1 / (1 + t);
    const options = { train, schedule, scheduleUnit: 'step', epochs: 4 } as const;
    const whole = await run({ ...options, checkpoint: (state) => void states.push(state) });
    expect(states.map(({ updates }) => updates)).toEqual([5, 10, 15, 20]);
    asked.length = 0;
    const rest = await run({ ...options, resume: states[1] });
    expect(asked).toEqual([3, 4]);
    expect(rest).toEqual(whole);
  });

  it('progress says that the number of batches is not known, until an epoch has ended', async () => {
    const seen: Pick<FitProgress, 'epoch' | 'step' | 'steps'>[] = [];
    await run({
      train: hostBatches,
      epochs: 2,
      progress: ({ epoch, step, steps, secondsLeft }) => {
        seen.push({ epoch, step, steps });
        expect(Number.isNaN(secondsLeft)).toBe(steps === undefined);
      },
    });
    expect(seen[4]).toEqual({ epoch: 1, step: 5, steps: undefined });
    expect(seen[9]).toEqual({ epoch: 2, step: 5, steps: 5 });
    seen.length = 0;
    await run({
      train: [...tensors()],
      epochs: 1,
      progress: ({ epoch, step, steps }) => seen.push({ epoch, step, steps }),
    });
    expect(seen[0].steps).toBe(5);
  });

  it('errors of an iterable come as they are, and it is closed when nobody goes on', async () => {
    class Mine extends Error {}
    const closed: string[] = [];
    function* failing(name: string, after: number): Generator<BatchInput> {
      try {
        for (const batch of hostBatches()) {
          if (after-- === 0) throw new Mine('no more');
          yield batch;
        }
      } finally {
        closed.push(name);
      }
    }
    await expect(run({ train: () => failing('train', 3) })).rejects.toThrow(Mine);
    await expect(predict(new SmallNet(runtime), failing('predict', 1))).rejects.toThrow(Mine);
    const abort = new AbortController();
    await run({
      train: () => failing('aborted', 99),
      signal: abort.signal,
      progress: ({ step }) => step === 2 && abort.abort(),
    });
    const bad = new SmallNet(runtime);
    const broken: FitOptions['loss'] = () => {
      throw new Mine('loss');
    };
    const options = { train: () => failing('broken', 99), loss: broken, epochs: 1 };
    await expect(run(options, bad)).rejects.toThrow(Mine);
    expect(closed).toEqual(['train', 'predict', 'aborted', 'broken']);
  });

  it('refuses batches that are none, and says which', async () => {
    const only = (batch: unknown) => run({ train: [...hostBatches(), batch] as never, epochs: 1 });
    const image = { images: images.subarray(0, 64), shape };
    await expect(only(7)).rejects.toThrow('fit: batch 5 of train, epoch 1 must be { images, labels }, not 7');
    await expect(only({ images: [1, 2] })).rejects.toThrow(
      /batch 5 of train, epoch 1: images must be a Uint8Array/,
    );
    await expect(only({ ...image, labels: new Uint8Array(2) })).rejects.toThrow(
      /1 images but 2 labels, 1 for each/,
    );
    await expect(only({ ...image, images: images.subarray(1, 64) })).rejects.toThrow(
      /63 values are no whole number/,
    );
    const nan = new Float32Array(64).fill(Number.NaN, 9);
    await expect(only({ ...image, images: nan })).rejects.toThrow(
      /batch 5 .* image 0 holds NaN \(channel 0, line 1/,
    );
    await expect(only({ ...image, labels: Int32Array.of(-2) })).rejects.toThrow(
      /label -2 of image 0 is no class/,
    );
    await expect(only({ ...image, label: 1 })).rejects.toThrow(
      /there is no option 'label'; did you mean 'labels'/,
    );
    const { images: x, labels: y } = tensors()[4];
    await expect(only({ images: x, labels: [0, 1] })).rejects.toThrow(
      /labels must be a tensor, a typed array/,
    );
    await expect(only({ images: x, labels: tensors()[0].labels })).rejects.toThrow(
      /2 images but labels of shape \[5\]/,
    );
    await expect(only({ images: x, labels: y, shape })).rejects.toThrow(/there is no option 'shape'/);
    const elsewhere = await openRuntime({ device: 'wasm', threads: 1 });
    const theirs = randomUniform(elsewhere, [2, 1, 8, 8], { seed: 0, stream: 1, step: () => 0 });
    await expect(only({ images: theirs, labels: y })).rejects.toThrow(/images are on another device/);
    await elsewhere.destroy();
    // A label that is no class is known on the device.
    const two = { images: images.subarray(0, 128), shape };
    await expect(only({ ...two, labels: Uint8Array.of(2, 0) })).rejects.toThrow(
      /target 2 at row 0 of the batch/,
    );
  });

  it('refuses iterables that cannot be read again, or give nothing', async () => {
    await expect(run({ train: hostBatches() })).rejects.toThrow(
      /train is an iterator, .* 3 epochs; give the function/,
    );
    await expect(run({ batchSize: 5, val: hostBatches() })).rejects.toThrow(/val is an iterator/);
    expect((await run({ train: hostBatches(), epochs: 1 })).figures).toHaveLength(1);
    await expect(run({ train: [] })).rejects.toThrow(/train gave no batches in epoch 1/);
    await expect(run({ train: (() => 5) as never })).rejects.toThrow(
      /train must give an iterable of batches, not 5/,
    );
    await expect(run({ train: hostBatches, batchSize: 5 })).rejects.toThrow(/batchSize is for examples\(\)/);
    await expect(run({ train: hostBatches, dropLast: true })).rejects.toThrow(/dropLast is for examples\(\)/);
    await expect(run({})).rejects.toThrow(/batchSize is missing/);
    await expect(run({ train: 5 as never })).rejects.toThrow(
      /train must be what examples\(\) gives, an iterable/,
    );
  });

  // Twenty sizes are more than are recorded at once; a software GPU would compile their kernels for a minute.
  it.skipIf(name !== 'wasm')('device memory stays flat, whatever sizes come', async () => {
    const sizes = Array.from({ length: 60 }, (_, i) => 2 + (i % 20));
    const batch = (count: number) => ({
      images: images.subarray(0, 64 * count),
      shape,
      labels: labels.subarray(0, count),
    });
    const used: number[] = [];
    await run({
      train: () => sizes.map(batch),
      epochs: 4,
      onEpoch: () => void used.push(runtime.device.memory.bytes),
    });
    expect(used[3]).toBeLessThanOrEqual(used[1]);
  });
});

describe('a net without parameters', () => {
  it('needs examples, which say the device', async () => {
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const { Flatten } = await import('../../src/index.ts');
    const flat = new Flatten();
    await expect(predict(flat, hostBatches())).rejects.toThrow(/does not say on which device/);
    const { values } = await predict(flat, examples(runtime, { images, shape }));
    expect(values).toHaveLength(22 * 64);
    await runtime.destroy();
  });
});
