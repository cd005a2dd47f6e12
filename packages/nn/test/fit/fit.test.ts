import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mul, stepInput, type Tensor } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AdamW,
  Autoencoder,
  cosine,
  crossEntropyLoss,
  type EpochRecord,
  evaluate,
  type FitOptions,
  type FitState,
  fit,
  Module,
  NoBestEpochError,
  NonFiniteLossError,
  PracticalNet,
  predict,
  readFitState,
  reconstructionLoss,
  SGD,
  type StateDict,
  withRows,
  writeFitState,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

describe.each(runtimes)('fit on $name', ({ runtime }) => {
  const train = brightHalves(runtime, 52, 8, 1);
  const val = brightHalves(runtime, 20, 8, 2);
  const makeNet = (seed = 0) => new PracticalNet(runtime, { widths: [4, 6], imageSize: 8, seed });
  /** 52 images in batches of 16: three full ones and one of 4. */
  const common = { train, val, loss: crossEntropyLoss(), batchSize: 16, epochs: 4, seed: 3 } as const;
  const sgd = (net: Module, lr = 0.05) => new SGD(net.parameters(), { lr, momentum: 0.9 });

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glassbox-fit-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('learns, and tells how', async () => {
    const net = makeNet();
    const records: EpochRecord[] = [];
    const steps: string[] = [];
    const result = await fit(net, {
      ...common,
      optimizer: sgd(net),
      onEpoch: (record) => {
        records.push(record);
      },
      progress: ({ epoch, step, steps: all }) => steps.push(`${epoch}:${step}/${all}`),
      scores: ({ values, width }) => ({ outputs: values.length, width }),
    });
    expect(result.stopReason).toBe('limit');
    expect(result.history).toEqual(records);
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(records[3].trainLoss).toBeLessThan(records[0].trainLoss / 2);
    expect(records[3].valAccuracy).toBeGreaterThan(0.9);
    expect(records[0].scores).toEqual({ outputs: 40, width: 2 });
    expect(steps.slice(0, 5)).toEqual(['1:1/4', '1:2/4', '1:3/4', '1:4/4', '2:1/4']);
    expect(net.norms[0].numBatchesTracked!.value).toBe(result.bestEpoch * 4);
  });

  it('gives losses and accuracies as means over images, not over batches', async () => {
    const net = makeNet();
    const { loss, accuracy, images, outputs } = await evaluate(net, val, {
      loss: crossEntropyLoss(),
      batchSize: 7,
      outputs: true,
    });
    const { values, width, shape } = outputs!;
    expect({ images, width, shape }).toEqual({ images: 20, width: 2, shape: [2] });
    const labels = [...(await brightLabels())];
    let sum = 0;
    let right = 0;
    for (const [n, label] of labels.entries()) {
      const [a, b] = [values[2 * n], values[2 * n + 1]];
      const largest = Math.max(a, b);
      sum += largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest)) - (label === 1 ? b : a);
      right += Number((b > a ? 1 : 0) === label);
    }
    expect(loss).toBeCloseTo(sum / 20, 5);
    expect(accuracy).toBeCloseTo(right / 20, 6);
  });

  /** Labels of `val`, read back from the device. */
  async function brightLabels(): Promise<Uint8Array> {
    const words = await val.labels!.values.array();
    return new Uint8Array(words.buffer, words.byteOffset, val.rows.length);
  }

  it('repeats to the same bits from the same seed, and not from another', async () => {
    const run = async (seed: number) => {
      const net = makeNet();
      const result = await fit(net, { ...common, seed, optimizer: sgd(net), epochs: 2 });
      return { state: await net.stateDict(), losses: result.history.map(({ trainLoss }) => trainLoss) };
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).losses).not.toEqual(first.losses);
  });

  it('goes on after an interruption to the same bits, dropout and schedule included', async () => {
    const make = () => {
      const net = new Autoencoder(runtime, { widths: [4, 5], imageSize: 8, seed: 5, dropout: 0.3 });
      const optimizer = new AdamW(net.parameters(), { lr: 0.01 });
      const options: FitOptions = {
        train,
        val,
        loss: reconstructionLoss('mse'),
        optimizer,
        batchSize: 16,
        epochs: 5,
        seed: 11,
        schedule: cosine(20),
        scheduleUnit: 'step',
        earlyStopping: { patience: 3 },
        clipNorm: 0.5,
        restoreBest: false,
      };
      return { net, options };
    };
    const whole = make();
    const uninterrupted = await fit(whole.net, whole.options);

    // Stopped in the middle of epoch 3: only whole epochs count.
    const file = join(folder, 'interrupted.safetensors');
    const controller = new AbortController();
    const first = make();
    const interrupted = await fit(first.net, {
      ...first.options,
      checkpoint: (state) => writeFitState(file, state),
      signal: controller.signal,
      progress: ({ epoch, step }) => {
        if (epoch === 3 && step === 2) controller.abort();
      },
    });
    expect(interrupted.stopReason).toBe('interrupted');
    expect(interrupted.history.length).toBe(2);

    const second = make();
    const resumed = await fit(second.net, { ...second.options, resume: await readFitState(file) });
    expect(await second.net.stateDict()).toEqual(await whole.net.stateDict());
    const timeless = ({ seconds: _, ...record }: EpochRecord) => record;
    expect(resumed.history.map(timeless)).toEqual(uninterrupted.history.map(timeless));
    expect(resumed.bestEpoch).toBe(uninterrupted.bestEpoch);
    expect(resumed.bestState).toEqual(uninterrupted.bestState);
    expect(resumed.history[4].learningRates[0]).toBeCloseTo(0.01 * cosine(20)(19), 12);
  });

  it('saves what a module of a user says that its steps advance', async () => {
    /** Scales its images by a number that grows with each pass in training mode. */
    class Growing extends Module {
      readonly net = this.child('net', makeNet());
      readonly passes = this.stepCounter('passes');
      forward(x: Tensor): Tensor {
        if (!this.training) return this.net.forward(x);
        const factor = stepInput(runtime, [], 'f32', () => [1 + 0.01 * this.passes.value++]);
        return this.net.forward(mul(x, factor));
      }
    }
    const states: FitState[] = [];
    const options = {
      ...common,
      restoreBest: false,
      checkpoint: (state: FitState) => void states.push(state),
    };
    const whole = new Growing();
    await fit(whole, { ...options, optimizer: sgd(whole) });
    expect(states.map(({ counters }) => counters)).toEqual([4, 8, 12, 16].map((passes) => ({ passes })));
    expect([...whole.namedState().keys()]).toEqual(
      [...makeNet().namedState().keys()].map((key) => `net.${key}`),
    );

    const resumed = new Growing();
    await fit(resumed, { ...options, optimizer: sgd(resumed), resume: states[1] });
    expect(await resumed.stateDict()).toEqual(await whole.stateDict());

    // A counter that the state does not hold begins anew, whatever the module counted before.
    const used = new Growing();
    used.passes.value = 100;
    const without = { ...states[1], counters: {} };
    await fit(used, { ...options, optimizer: sgd(used), resume: without });
    expect(used.passes.value).toBe(8);
    expect(
      () =>
        new (class extends Growing {
          readonly again = this.stepCounter('net');
        })(),
    ).toThrow(/already is a part named 'net'/);
  });

  it('keeps a state that a finished training does not change any more', async () => {
    const net = makeNet();
    let last: FitState | undefined;
    const options = { ...common, epochs: 2, checkpoint: (state: FitState) => void (last = state) };
    const result = await fit(net, { ...options, optimizer: sgd(net) });
    const again = makeNet(9);
    const resumed = await fit(again, { ...options, optimizer: sgd(again), resume: last });
    expect(resumed).toEqual(result);
    expect(await again.stateDict()).toEqual(await net.stateDict());
  });

  it('stops early and gives the best state back', async () => {
    const net = makeNet();
    const states: StateDict[] = [];
    const result = await fit(net, {
      ...common,
      epochs: 30,
      optimizer: sgd(net, 0.3),
      earlyStopping: { patience: 2 },
      checkpoint: ({ model }) => void states.push(model),
    });
    expect(result.stopReason).toBe('patience');
    expect(result.history.length).toBe(result.bestEpoch + 2);
    const losses = result.history.map(({ valLoss }) => valLoss!);
    expect(losses[result.bestEpoch - 1]).toBe(Math.min(...losses));
    expect(await net.stateDict()).toEqual(states[result.bestEpoch - 1]);
    expect((await evaluate(net, val, { loss: common.loss })).loss).toBeCloseTo(Math.min(...losses), 6);
  });

  it('queues the next epoch while figures travel, with the same results', async () => {
    const run = async (queueAhead: boolean | undefined, extra: Partial<FitOptions> = {}) => {
      const net = new Autoencoder(runtime, { widths: [4, 5], imageSize: 8, seed: 5, dropout: 0.3 });
      const states: FitState[] = [];
      const events: string[] = [];
      const began = performance.now();
      const result = await fit(net, {
        ...common,
        loss: reconstructionLoss('mse'),
        optimizer: new AdamW(net.parameters(), { lr: 0.01 }),
        schedule: cosine(16),
        scheduleUnit: 'step',
        earlyStopping: { patience: 3 },
        progress: ({ epoch, step }) => events.push(`step ${epoch}:${step}`),
        checkpoint: (state) => {
          states.push(state);
          events.push(`state ${state.epoch}`);
        },
        ...(queueAhead === undefined ? {} : { queueAhead }),
        ...extra,
      });
      // No moment counts to two epochs.
      expect(result.seconds).toBeLessThanOrEqual((performance.now() - began) / 1000);
      const timeless = result.history.map(({ seconds: _, ...record }) => record);
      return { events, timeless, states: states.map(({ history: _, ...state }) => state), result };
    };
    const ahead = await run(true);
    const waiting = await run(false);
    expect(ahead.timeless).toEqual(waiting.timeless);
    expect(ahead.states).toEqual(waiting.states);
    expect(ahead.result.bestState).toEqual(waiting.result.bestState);
    const before = (events: readonly string[]) => events.indexOf('step 2:1') < events.indexOf('state 1');
    expect(before(ahead.events)).toBe(true);
    expect(before(waiting.events)).toBe(false);
    expect(before((await run(undefined)).events)).toBe(true);
    // Somebody may look at the model in these: it must be what the epoch left.
    expect(before((await run(undefined, { onEpoch: () => {} })).events)).toBe(false);
    expect(before((await run(undefined, { onEpochStart: () => {} })).events)).toBe(false);
  });

  it('watches a score where asked', async () => {
    const net = makeNet();
    const options = { ...common, epochs: 3, scores: () => ({ auc: 0.5 }) };
    const result = await fit(net, {
      ...options,
      optimizer: sgd(net),
      earlyStopping: { patience: 2, monitor: 'auc' },
    });
    expect(result).toMatchObject({ bestEpoch: 1, stopReason: 'patience' });
    const missing = { patience: 2, monitor: 'kappa' };
    await expect(fit(net, { ...options, optimizer: sgd(net), earlyStopping: missing })).rejects.toThrow(
      /no 'kappa' to watch; there are auc, trainLoss, valLoss, trainAccuracy, valAccuracy/,
    );
    for (const [wrong, says] of [
      [{ ...options, scores: undefined }, /no 'kappa' to watch: give scores, which computes it/],
      [{ ...options, val: undefined, scores: undefined, monitor: 'valLoss' }, /'valLoss' is computed on val/],
    ] as const) {
      const { monitor = 'kappa', ...rest } = wrong as typeof wrong & { monitor?: string };
      const attempt = fit(net, { ...rest, optimizer: sgd(net), earlyStopping: { patience: 2, monitor } });
      await expect(attempt).rejects.toThrow(says);
    }
  });

  it.each([
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
  ])('says so when a score was %s in every epoch, and loses nothing', async (_, value) => {
    for (const [patience, epochs] of [
      [2, 3],
      [9, 4],
    ]) {
      const net = makeNet();
      const states: StateDict[] = [];
      let state: FitState | undefined;
      const options = {
        ...common,
        scores: () => ({ auc: value }),
        earlyStopping: { patience, monitor: 'auc' },
        checkpoint: (next: FitState) => {
          state = next;
          states.push(next.model);
        },
      };
      const error = await fit(net, { ...options, optimizer: sgd(net) }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(NoBestEpochError);
      const { message, monitor, result } = error as NoBestEpochError;
      expect(monitor).toBe('auc');
      expect(message).toMatch(new RegExp(`'auc' chooses.* was ${value} in the last of ${epochs} epochs`));
      expect(result.history.length).toBe(epochs);
      expect(result.bestState).toEqual(states.at(-1));
      expect(await net.stateDict()).toEqual(states.at(-1));
      // A finished training that is resumed says it again.
      const again = makeNet();
      const resumed = fit(again, { ...options, optimizer: sgd(again), resume: state });
      await expect(resumed).rejects.toThrow(NoBestEpochError);
    }
  });

  it('takes a score that is NaN at first, and keeps the last epoch of an interrupted training', async () => {
    const net = makeNet();
    const states: StateDict[] = [];
    let epoch = 0;
    const options = {
      ...common,
      scores: () => ({ auc: ++epoch < 3 ? Number.NaN : 0.7 - epoch / 10 }),
      earlyStopping: { patience: 9, monitor: 'auc' },
      checkpoint: ({ model }: FitState) => void states.push(model),
    };
    const result = await fit(net, { ...options, optimizer: sgd(net) });
    expect(result).toMatchObject({ bestEpoch: 3, stopReason: 'limit' });
    expect(await net.stateDict()).toEqual(states[2]);
    epoch = 0;
    states.length = 0;
    const stopped = makeNet();
    const controller = new AbortController();
    const interrupted = await fit(stopped, {
      ...options,
      optimizer: sgd(stopped),
      signal: controller.signal,
      onEpoch: () => void (epoch === 2 && controller.abort()),
    });
    expect(interrupted).toMatchObject({ bestEpoch: 2, stopReason: 'interrupted' });
    expect(await stopped.stateDict()).toEqual(states[1]);
  });

  it('wants numbers of scores, at once and under names of their own', async () => {
    const net = makeNet();
    const attempt = (scores: unknown) =>
      fit(net, { ...common, optimizer: sgd(net), epochs: 1, scores: scores as FitOptions['scores'] });
    await expect(attempt(async () => ({ auc: 1 }))).rejects.toThrow(
      /object of numbers at once, not a promise/,
    );
    await expect(attempt(() => 0.5)).rejects.toThrow(/object of numbers at once, not 0.5/);
    await expect(attempt(() => ({ auc: undefined }))).rejects.toThrow(/but 'auc' is undefined/);
    await expect(attempt(() => ({ valLoss: 1 }))).rejects.toThrow(/'valLoss', which fit computes itself/);
  });

  it('says when training diverges, and gives back the last good state', async () => {
    const net = makeNet();
    const before = await net.stateDict();
    const optimizer = new SGD(net.parameters(), { lr: 1e25 });
    const error = await fit(net, { ...common, optimizer }).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error).toMatchObject({ epoch: 1, history: [], lastGood: { epoch: 0, state: before } });
    expect((error as Error).message).toMatch(/became NaN or infinite in epoch 1\..*smaller learning rate/);
    expect(await net.stateDict()).toEqual(before);
  });

  it('unfreezes layers between epochs', async () => {
    const net = makeNet();
    for (const module of net.encoder) module.freeze({ batchNorm: 'eval' });
    const first: StateDict[] = [await net.stateDict()];
    await fit(net, {
      ...common,
      epochs: 3,
      optimizer: sgd(net),
      onEpochStart: (epoch) => {
        if (epoch === 3) for (const module of net.encoder) module.unfreeze();
      },
      checkpoint: ({ model }) => void first.push(model),
    });
    const weights = first.map((state) => state.get('conv1.weight'));
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
    expect(weights[3]).not.toEqual(weights[0]);
    expect(first[1].get('fc.weight')).not.toEqual(first[0].get('fc.weight'));
  });

  it('leaves nothing behind: buffers stay as many over trainings', async () => {
    const net = makeNet();
    const optimizer = sgd(net);
    const options = { ...common, optimizer, epochs: 1 };
    await fit(net, options);
    await fit(net, options);
    await runtime.collectGarbage();
    const { buffers } = runtime.device.memory;
    for (let again = 0; again < 3; again++) await fit(net, options);
    await runtime.collectGarbage();
    expect(runtime.device.memory.buffers).toBeLessThanOrEqual(buffers);
  });

  it('predicts the rows asked for, in their order, whatever the batches', async () => {
    const net = makeNet();
    net.train();
    const all = await predict(net, val, { batchSize: 64 });
    const rows = [5, 3, 19, 3];
    const some = await predict(net, withRows(val, rows), { batchSize: 3 });
    for (const [index, row] of rows.entries()) {
      for (let k = 0; k < 2; k++) expect(some.values[2 * index + k]).toBeCloseTo(all.values[2 * row + k], 6);
    }
    expect(net.training).toBe(true);
    const embedding = await predict(net, val, { compute: (x) => net.embed(x) });
    expect(embedding).toMatchObject({ width: net.embeddingSize, shape: [net.embeddingSize] });
    expect(embedding.values.length).toBe(20 * net.embeddingSize);
  });

  it('refuses what makes no sense', async () => {
    const net = makeNet();
    const optimizer = sgd(net);
    const attempt = (options: Partial<FitOptions>) => fit(net, { ...common, optimizer, ...options });
    await expect(attempt({ batchSize: 0 })).rejects.toThrow(/batchSize must be a whole number above 0/);
    await expect(attempt({ epochs: -1 })).rejects.toThrow(/epochs must be/);
    await expect(attempt({ train: withRows(train, []) })).rejects.toThrow(/no training images/);
    await expect(attempt({ val: undefined, scores: () => ({}) })).rejects.toThrow(/give val/);
    await expect(attempt({ clipNorm: 0 })).rejects.toThrow(/clipNorm must be above 0/);
    expect(() => withRows(train, [52])).toThrow(/row 52 does not exist: there are 52 images/);
  });
});
