/** Trains in a Worker: the page stays responsive, and threads may wait for each other. */
import {
  crossEntropyLoss,
  type Examples,
  examples,
  fit,
  PracticalNet,
  predict,
  SGD,
  withRows,
} from '@glassbox/nn';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import type { News, Start } from './messages.ts';

const tell = (news: News) => globalThis.postMessage(news);

/** Test images that the page shows. */
const shown = 32;

globalThis.onmessage = async ({ data }: MessageEvent<Start>) => {
  try {
    await train(data);
  } catch (error) {
    tell({ kind: 'failed', reason: (error as Error).message });
  }
};

async function train({ device, epochs }: Start): Promise<void> {
  const runtime = await openRuntime({ device });
  const [train, val, test] = await Promise.all(['train', 'val', 'test'].map((split) => load(runtime, split)));
  const { adapter, threads } = runtime.device.info;
  const count = train.rows.length;
  tell({ kind: 'opened', device: `${adapter}${threads ? `, threads: ${threads}` : ''}`, images: count });
  const net = new PracticalNet(runtime);
  const preview = withRows(
    test,
    Array.from({ length: shown }, (_, row) => row),
  );
  const { bestEpoch } = await fit(net, {
    train,
    val,
    loss: crossEntropyLoss(),
    optimizer: new SGD(net.parameters(), { lr: 1e-3, momentum: 0.9 }),
    epochs,
    batchSize: 64,
    onEpoch: async ({ epoch, trainLoss, valLoss = 0, valAccuracy = 0, seconds }) => {
      const probabilities = await positive(net, preview);
      tell({
        kind: 'epoch',
        epoch,
        trainLoss,
        valLoss,
        valAccuracy,
        imagesPerSecond: count / seconds,
        probabilities,
      });
    },
  });
  const labels = await bytes('test/labels');
  const answers = await positive(net, test);
  const right = answers.filter((probability, row) => Number(probability > 0.5) === labels[row]).length;
  // The best epoch's weights are back: the page shows their answers.
  tell({ kind: 'done', bestEpoch, accuracy: right / labels.length, probabilities: answers.slice(0, shown) });
  await runtime.destroy();
}

async function load(runtime: Runtime, split: string): Promise<Examples> {
  const [images, labels] = await Promise.all([bytes(`${split}/images`), bytes(`${split}/labels`)]);
  return examples(runtime, { images, labels, shape: [1, 28, 28] });
}

async function bytes(path: string): Promise<Uint8Array> {
  const response = await fetch(`/data/${path}`);
  if (!response.ok) throw new Error(`/data/${path}: ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Softmax of two logits, the second's share. */
async function positive(net: PracticalNet, data: Examples): Promise<number[]> {
  const { values } = await predict(net, data);
  return Array.from(
    { length: values.length / 2 },
    (_, row) => 1 / (1 + Math.exp(values[2 * row] - values[2 * row + 1])),
  );
}
