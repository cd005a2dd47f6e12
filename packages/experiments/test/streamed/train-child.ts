/**
 * Trains on a data set from a file, says so after each epoch, and prints a hash of all weights at the end:
 * `train-child.ts FILE MAX-RESIDENT STATE DEVICE`. It goes on from STATE if that is there.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openDataset } from '@glassbox/medmnist';
import {
  crossEntropyLoss,
  examples,
  fit,
  PracticalNet,
  readFitState,
  SGD,
  writeFitState,
} from '@glassbox/nn';
import { devices, openRuntime } from '@glassbox/tensor-core';

const [file, maxResident, stateFile, name] = process.argv.slice(2);
const { inTests } = devices.find((device) => device.name === name)!;
const runtime = await openRuntime({ device: name as 'wasm', ...inTests });
const set = await openDataset({ file, maxResident: Number(maxResident) });
const { imageSize, channels, labelNames, splits } = set;
const put = ({ images, labels }: (typeof splits)['train']) =>
  examples(runtime, { images, labels, shape: [channels, imageSize, imageSize] });
const net = new PracticalNet(runtime, {
  widths: [4, 8],
  inChannels: channels,
  imageSize,
  numClasses: labelNames.length,
});
const resume = existsSync(stateFile) ? await readFitState(stateFile) : undefined;
const { history } = await fit(net, {
  train: put(splits.train),
  val: put(splits.val),
  loss: crossEntropyLoss(),
  optimizer: new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 }),
  epochs: 4,
  batchSize: 8,
  evalBatchSize: 16,
  seed: 5,
  resume,
  checkpoint: async (state) => {
    await writeFitState(stateFile, state);
    console.log(`epoch ${state.epoch}`);
    // Time to be killed in, while the next epoch is queued.
    if (process.env.PAUSE) await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE)));
  },
});
const hash = createHash('sha256');
for (const [key, { data }] of await net.stateDict()) {
  hash.update(key).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
hash.update(JSON.stringify(history.map(({ trainLoss, valLoss }) => [trainLoss, valLoss])));
console.log(`${set.streamed ? 'streamed' : 'resident'} ${hash.digest('hex')}`);
await set.close();
await runtime.destroy();
