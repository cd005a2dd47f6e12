import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batches,
  compile,
  crossEntropyLoss,
  type Examples,
  evaluate,
  examples,
  type FitOptions,
  type FitState,
  fit,
  gatherBatch,
  type ImageReader,
  predict,
  RandomStream,
  SGD,
  withRows,
} from '../../src/index.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const loss = crossEntropyLoss();
const shape = [1, 8, 8] as const;

/** 23 images in bytes, and their labels. */
const random = new RandomStream(5, 0);
const labels = Uint8Array.from({ length: 23 }, () => random.below(2));
const images = Uint8Array.from(
  { length: 23 * 64 },
  (_, i) => 60 * labels[Math.floor(i / 64)] + random.below(150),
);

/** Reads with pauses that differ, so that reads end in another order than they began in. */
class SlowReader implements ImageReader {
  readonly count = 23;
  /** Reads that were begun, those under way, and the most of these. */
  reads = 0;
  underWay = 0;
  most = 0;
  /** The read that fails. */
  fails = Number.POSITIVE_INFINITY;

  async read(rows: Uint32Array, out: Uint8Array): Promise<void> {
    const number = ++this.reads;
    this.most = Math.max(this.most, ++this.underWay);
    out.fill(255); // what is not written below would be seen
    await new Promise((resolve) => setTimeout(resolve, (7 * number) % 5));
    this.underWay--;
    if (number === this.fails) throw new Error(`read ${number} failed`);
    rows.forEach((row, i) => {
      out.set(images.subarray(64 * row, 64 * row + 64), 64 * i);
    });
  }
}

describe.each(runtimes)('images that are not on the device, on $name', ({ runtime }) => {
  const stored = examples(runtime, { images, shape, labels });
  const onHost = examples(runtime, { images, shape, labels, keep: 'host' });
  const readFrom = (reader: ImageReader) => examples(runtime, { images: reader, shape, labels });
  const run = async (data: Examples, options: Partial<FitOptions> = {}, net = new SmallNet(runtime)) => {
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    const { history } = await fit(net, {
      train: withRows(data, data.rows.subarray(0, 18)),
      val: withRows(data, data.rows.subarray(18)),
      loss,
      optimizer,
      epochs: 3,
      batchSize: 4,
      evalBatchSize: 4,
      seed: 3,
      restoreBest: false,
      ...options,
    });
    const figures = history.map(({ trainLoss, trainAccuracy, valLoss }) => [
      trainLoss,
      trainAccuracy,
      valLoss,
    ]);
    return { figures, state: await net.stateDict() };
  };

  it('train, validate, evaluate and predict to the bits of images on the device', async () => {
    const whole = await run(stored);
    const accumulated = await run(stored, { accumulate: 2, dropLast: true });
    const net = new SmallNet(runtime);
    const outputs = await predict(net, stored, { batchSize: 5 });
    const evaluated = await evaluate(net, stored, { loss, batchSize: 5, outputs: true });
    for (const data of [onHost, readFrom(new SlowReader())]) {
      expect(await run(data)).toEqual(whole);
      expect(await run(data, { accumulate: 2, dropLast: true })).toEqual(accumulated);
      expect(await predict(net, data, { batchSize: 5 })).toEqual(outputs);
      expect(await evaluate(net, data, { loss, batchSize: 5, outputs: true })).toEqual(evaluated);
    }
  });

  it('are read ahead of their turn, and no further than two batches', async () => {
    const reader = new SlowReader();
    const steps: number[] = [];
    await run(readFrom(reader), {
      epochs: 1,
      val: undefined,
      progress: ({ step }) => steps.push(reader.reads - step),
    });
    // After each step but the last ones, the next two batches are being read or were.
    expect(steps).toEqual([2, 2, 2, 1, 0]);
    expect(reader.most).toBe(3);
    expect(reader.underWay).toBe(0);
  });

  it('go on after an epoch as if nothing had happened', async () => {
    const whole = await run(stored);
    let saved: FitState | undefined;
    await run(readFrom(new SlowReader()), {
      epochs: 1,
      checkpoint: (state) => {
        saved = state;
      },
    });
    const resumed = await run(readFrom(new SlowReader()), { resume: saved, seed: undefined });
    expect(resumed).toEqual(whole);
  });

  it('a read that fails ends the training with its error, after the others have ended', async () => {
    const reader = new SlowReader();
    reader.fails = 4;
    await expect(run(readFrom(reader))).rejects.toThrow('read 4 failed');
    expect(reader.underWay).toBe(0);
    const begun = reader.reads;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reader.reads).toBe(begun);
  });

  it('a training that is interrupted reads no further', async () => {
    const reader = new SlowReader();
    const controller = new AbortController();
    await run(readFrom(reader), { signal: controller.signal, progress: () => controller.abort() });
    expect(reader.underWay).toBe(0);
    expect(reader.reads).toBeLessThan(6);
  });

  it('come in the batches of a loop, eager or compiled', async () => {
    const train = async (data: Examples, compiled: boolean, options = { batchSize: 5, seed: 2 }) => {
      const net = new SmallNet(runtime);
      const optimizer = new SGD(net.parameters(), { lr: 0.1 });
      const body = (batch: Batch) => {
        const value = loss(net.forward(batch.images), batch);
        value.backward();
        optimizer.step();
        optimizer.zeroGrad();
        return value;
      };
      const step = compile(net, body);
      const losses: number[] = [];
      const all = batches(data, options);
      for (let epoch = 0; epoch < 2; epoch++) {
        for await (const batch of all) losses.push(await (compiled ? step(batch) : body(batch)).item());
      }
      step.dispose();
      return { losses, state: await net.stateDict() };
    };
    const whole = await train(stored, false);
    for (const data of [stored, onHost, readFrom(new SlowReader())]) {
      expect(await train(data, true)).toEqual(whole);
      expect(await train(data, false)).toEqual(whole);
    }
    const pixels = async (data: Examples) => {
      const [batch] = batches(data, { batchSize: 23, shuffle: false });
      return batch.images.array();
    };
    const [kept] = batches(onHost, { batchSize: 4 });
    // A destructured first batch ends the loop, but not the batch's turn.
    expect(kept.images.shape).toEqual([4, 1, 8, 8]);
    expect(await pixels(onHost)).toEqual(await pixels(stored));
    expect(() => [...batches(readFrom(new SlowReader()), { batchSize: 4 })]).toThrow(/for await/);
    const all = [...batches(onHost, { batchSize: 4 })];
    expect(() => all[0].images).toThrow(/this batch is over/);
  });

  it('may have any number of channels, either order of values, and 16 bits', async () => {
    const net = new SmallNet(runtime);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          channels: fc.constantFrom(1, 2, 3),
          height: fc.integer({ min: 1, max: 5 }),
          width: fc.integer({ min: 1, max: 5 }),
          count: fc.integer({ min: 1, max: 7 }),
          layout: fc.constantFrom<'NHWC' | 'NCHW'>('NHWC', 'NCHW'),
          type: fc.constantFrom(Uint8Array, Uint16Array, Float32Array),
          batchSize: fc.integer({ min: 1, max: 8 }),
        }),
        async ({ channels, height, width, count, layout, type, batchSize }) => {
          const size = channels * height * width;
          const values = new type(count * size).map((_, i) => (37 * i) % 251);
          const kind = { shape: [channels, height, width], layout } as const;
          const bytes = new Uint8Array(values.buffer);
          const each = size * values.BYTES_PER_ELEMENT;
          const reader: ImageReader = {
            count,
            source: values instanceof Uint16Array ? 'u16' : 'u8',
            read: async (rows, out) =>
              rows.forEach((row, i) => {
                out.set(bytes.subarray(row * each, (row + 1) * each), i * each);
              }),
          };
          const seen = (data: Examples) =>
            predict(net, data, { batchSize, compute: (x) => x }).then(({ values }) => values);
          const whole = await seen(examples(runtime, { images: values, ...kind }));
          expect(await seen(examples(runtime, { images: values, ...kind, keep: 'host' }))).toEqual(whole);
          if (!(values instanceof Float32Array))
            expect(await seen(examples(runtime, { images: reader, ...kind }))).toEqual(whole);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('are kept on the host by themselves where a buffer of the device is too small', async () => {
    Object.defineProperty(runtime.device, 'largestBuffer', { value: 23 * 64 - 1, configurable: true });
    try {
      expect(examples(runtime, { images, shape, labels }).images).toHaveProperty('inMemory', true);
    } finally {
      Reflect.deleteProperty(runtime.device, 'largestBuffer');
    }
    expect(examples(runtime, { images, shape, labels }).images).toHaveProperty('values');
    // Above 1 GiB on every device; memory that nobody looks at costs none.
    const huge = { images: new Uint8Array(1025 * 2 ** 20), shape: [1, 1024, 1024] } as const;
    expect(examples(runtime, huge).images).toHaveProperty('inMemory', true);
  });

  it.each<[string, (data: typeof runtime) => unknown, RegExp]>([
    [
      'no whole number of images',
      (on) => examples(on, { images: images.subarray(1), shape, keep: 'host' }),
      /1471 values are no whole number of images of \[1,8,8\]/,
    ],
    [
      'too few labels',
      (on) => examples(on, { images: new SlowReader(), shape, labels: labels.subarray(1) }),
      /23 images but labels for 22/,
    ],
    [
      'a count of none',
      (on) => examples(on, { images: { count: 0, read() {} }, shape }),
      /count of the reader of images must be a whole number above 0, not 0/,
    ],
    [
      'floats of a reader',
      (on) => examples(on, { images: { count: 1, source: 'f32' as 'u8', read() {} }, shape }),
      /source of the reader of images must be 'u8' or 'u16', not 'f32'/,
    ],
    [
      'a place for what a reader reads',
      (on) => examples(on, { images: new SlowReader(), shape, keep: 'host' }),
      /keep is for images in memory/,
    ],
    [
      'another place',
      (on) => examples(on, { images, shape, keep: 'disk' as 'host' }),
      /keep must be 'device' or 'host'/,
    ],
    [
      'a list in place of a reader',
      (on) => examples(on, { images: [1] as never, shape }),
      /images must be a Uint8Array.*or what reads images/,
    ],
    [
      'NaN on the host',
      (on) => examples(on, { images: new Float32Array(64).fill(Number.NaN), shape, keep: 'host' }),
      /image 0 holds NaN/,
    ],
    ['rows by gatherBatch', () => gatherBatch(onHost, null as never), /these images are not on the device/],
    ['rows beyond the last', () => withRows(onHost, [23]), /row 23 does not exist: there are 23 images/],
  ])('refuse %s', (_, call, message) => {
    expect(() => call(runtime)).toThrow(message);
  });
});
