/** One side of `npm run bench -- stream`: trains on a data set, or loads it. Argument: a `Setup` as JSON. */
import { datasetInfo, loadDataset, openDataset } from '@glassbox/medmnist';
import {
  type Batch,
  batches,
  binaryCrossEntropyLoss,
  compile,
  crossEntropyLoss,
  examples,
  PracticalNet,
  ResNet18,
  SGD,
  withRows,
} from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import { serve } from '../peers/workers/serve.ts';
import type { Setup } from './setup.ts';

const setup: Setup = JSON.parse(process.argv[2]);
const { file, task, net, size, images, device, adapter, maxResident } = setup;

/** Steps between two looks at the clock, for which the device is waited for. */
const group = 4;

let train: () => Promise<number>;

await serve('glassbox', {
  async prepare({ batch: batchSize, threads }) {
    if (task === 'load') {
      train = async () => {
        await loadDataset({ file });
        return 1;
      };
      return { version: `glassbox, Node ${process.versions.node}` };
    }
    const runtime = await openRuntime({ device, adapter, threads, wide: true });
    const set = await openDataset({ file, maxResident: maxResident ?? Number.MAX_SAFE_INTEGER });
    const { train: split } = set.splits;
    const { channels, labels } = datasetInfo(set.name);
    const multiLabel = split.labelCount > 1;
    const all = examples(runtime, {
      images: split.images,
      shape: [channels, size, size],
      labels: split.labels,
      labelColumns: split.labelCount,
      labelType: multiLabel ? 'f32' : 'u32',
    });
    const apart = Math.max(1, Math.floor(split.count / images));
    const rows = Uint32Array.from({ length: Math.min(images, split.count) }, (_, i) => i * apart);
    const sizes = { imageSize: size, inChannels: channels, numClasses: labels.length };
    const model = net === 'resnet18' ? new ResNet18(runtime, sizes) : new PracticalNet(runtime, sizes);
    const loss = multiLabel ? binaryCrossEntropyLoss() : crossEntropyLoss();
    const optimizer = new SGD(model.parameters(), { lr: 1e-3, momentum: 0.9 });
    const step = compile(model, (batch) => {
      const value = loss(model.forward(batch.images), batch);
      value.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return value;
    });
    const epochs = batches(withRows(all, rows), { batchSize, dropLast: true });
    const endless = (async function* () {
      for (;;) for await (const batch of epochs) yield batch;
    })();
    train = async () => {
      for (let n = 0; n < group; n++) step((await endless.next()).value as Batch);
      await runtime.device.synchronize();
      return group;
    };
    const { info } = runtime.device;
    const where = info.threads ? `${info.threads} threads, ${info.vectorBits} bits` : info.adapter;
    return {
      version: `glassbox ${info.kind}, ${where}, images ${set.streamed ? 'in the file' : 'resident'}`,
    };
  },
  train: () => train(),
});
