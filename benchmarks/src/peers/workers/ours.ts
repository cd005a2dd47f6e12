/** This project as a contender. Arguments: device (`wasm` or `webgpu`), adapter. */
import { crossEntropyLoss, type Examples, fit, PracticalNet, SGD, withRows } from '@glassbox/nn';
import { type AdapterChoice, type DeviceChoice, openRuntime, type Recording } from '@glassbox/tensor-core';
import { benchmarkCases } from '../../cases.ts';
import { randomImages } from '../../step/data.ts';
import { validationShare } from '../../step/epoch.ts';
import { Training } from '../../step/training.ts';
import { serve } from './serve.ts';

const [device, adapter] = process.argv.slice(2) as [DeviceChoice, AdapterChoice];

const open = async (threads: number) => {
  const runtime = await openRuntime({ device, adapter, threads, wide: true });
  const { info } = runtime.device;
  const threadsAndBits = info.threads && `${info.threads} threads, ${info.vectorBits} bits`;
  return {
    runtime,
    version: `glassbox ${info.kind}, ${threadsAndBits ?? info.adapter}`,
  };
};

/** Steps in flight before the device is waited for: what `fit` allows, and more where steps are short. */
const group = (recording: Recording<unknown>, synchronize: () => Promise<void>) => {
  let count = 1;
  return async () => {
    const done = count;
    const start = performance.now();
    for (let n = 0; n < done; n++) recording.replay();
    await synchronize();
    count = Math.max(1, Math.min(20, Math.round(50 / ((performance.now() - start) / done))));
    return done;
  };
};

let train: () => Promise<number>;
let infer: () => Promise<number>;
let epoch: () => Promise<void>;

await serve('glassbox', {
  async prepare({ case: name, batch, threads }) {
    const { runtime, version } = await open(threads);
    const benchmark = benchmarkCases.find((one) => one.name === name)!;
    const training = new Training(runtime, benchmark, randomImages(runtime, 1024), batch);
    const synchronize = () => runtime.device.synchronize();
    train = group(training.recordTraining(), synchronize);
    let inference: (() => Promise<number>) | undefined;
    infer = () => {
      inference ??= group(training.recordInference(), synchronize);
      return inference();
    };
    await synchronize();
    return { version };
  },
  train: () => train(),
  infer: () => infer(),
  async prepareEpoch({ images, batch, threads }) {
    const { runtime, version } = await open(threads);
    const validation = Math.round(images * validationShare);
    const data = randomImages(runtime, images + validation);
    const model = new PracticalNet(runtime);
    const optimizer = new SGD(model.parameters(), { lr: 1e-3, momentum: 0.9 });
    const run = (train: Examples, val: Examples) =>
      fit(model, {
        train,
        val,
        loss: crossEntropyLoss(),
        optimizer,
        epochs: 1,
        batchSize: batch,
        restoreBest: false,
      });
    const rows = (start: number, end: number) => withRows(data, data.rows.subarray(start, end));
    epoch = async () => {
      await run(rows(0, images), rows(images, images + validation));
    };
    // Warms up: every batch size that the epoch has, the last ones included.
    const few = Math.min(images, 4 * batch + (images % batch));
    await run(rows(0, few), rows(images, images + Math.min(validation, 512 + (validation % 256))));
    return { version };
  },
  epoch: () => epoch(),
});
