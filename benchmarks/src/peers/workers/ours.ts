/** This project as a contender. Arguments: device (`wasm` or `webgpu`), adapter. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossEntropyLoss, type Examples, fit, PracticalNet, SGD, withRows } from '@glassbox/nn';
import { type AdapterChoice, type DeviceChoice, openRuntime, type Recording } from '@glassbox/tensor-core';
import { benchmarkCases } from '../../cases.ts';
import { randomBytes, randomImages, side } from '../../step/data.ts';
import { validationShare } from '../../step/epoch.ts';
import { batchRows, Training } from '../../step/training.ts';
import { recordOp } from './our-ops.ts';
import { serve } from './serve.ts';

const [device, adapter] = process.argv.slice(2) as [DeviceChoice, AdapterChoice];

const open = async (threads: number) => {
  const runtime = await openRuntime({ device, adapter, threads, wide: true });
  const { info } = runtime.device;
  const where = info.threads ? `${info.threads} threads, ${info.vectorBits} bits` : info.adapter;
  return { runtime, version: `glassbox ${info.kind}, ${where}` };
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

const caseOf = (name: string) => benchmarkCases.find((one) => one.name === name)!;

let train: () => Promise<number>;
let infer: () => Promise<number>;
let op: () => Promise<number>;
let epoch: () => Promise<void>;

await serve('glassbox', {
  async prepare({ case: name, batch, threads }) {
    const { runtime, version } = await open(threads);
    const benchmark = caseOf(name);
    const training = new Training(runtime, benchmark, randomImages(runtime, 1024, benchmark.side), batch);
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
  async prepareOp({ op: chosen, pass, threads }) {
    const { runtime, version } = await open(threads);
    op = group(recordOp(runtime, chosen, pass), () => runtime.device.synchronize());
    return { version };
  },
  op: () => op(),
  async losses({ case: name, batch, steps, threads, folder }) {
    const { runtime } = await open(threads);
    const count = 1024;
    const benchmark = caseOf(name);
    const { side: size = side } = benchmark;
    const { images, labels } = randomBytes(count, size);
    const rows = Array.from({ length: steps }, (_, step) => [...batchRows(step, batch, count)]).flat();
    const pixels = size * size;
    const training = new Training(runtime, benchmark, randomImages(runtime, count, size), batch);
    const weights: Uint8Array[] = [];
    for (const parameter of training.model.parameters()) {
      const { buffer, byteOffset, byteLength } = await parameter.array();
      weights.push(new Uint8Array(buffer, byteOffset, byteLength));
    }
    writeFileSync(join(folder, 'weights.f32'), Buffer.concat(weights));
    writeFileSync(
      join(folder, 'images.u8'),
      Buffer.concat(rows.map((row) => images.subarray(row * pixels, (row + 1) * pixels))),
    );
    writeFileSync(
      join(folder, 'labels.u8'),
      Uint8Array.from(rows, (row) => labels[row]),
    );
    const recording = training.recordTraining();
    const losses = [await recording.result.item()];
    while (losses.length < steps) {
      recording.replay();
      losses.push(await recording.result.item());
    }
    return { losses };
  },
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
