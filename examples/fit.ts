import { phantomDataset } from '@glassbox/medmnist';
import {
  BatchNorm2d,
  Conv2d,
  crossEntropyLoss,
  evaluate,
  examples,
  Flatten,
  fit,
  Init,
  Linear,
  ReLU,
  Sequential,
  SGD,
} from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';

// A GPU if there is one, else the same WGSL compiled to WebAssembly.
const runtime = await openRuntime();

// 28x28 "X-rays" with or without pneumonia: drawn by a seeded generator, resident on the device as bytes.
const { splits } = phantomDataset({
  domain: 'pneumonia',
  counts: { train: 600, val: 150, test: 150 },
  seed: 1,
});
const [train, val, test] = [splits.train, splits.val, splits.test].map(({ images, labels }) =>
  examples(runtime, { images, labels, shape: [1, 28, 28] }),
);

// PyTorch's layers, names and default initialisation.
const init = new Init(runtime, 0);
const halve = { kernelSize: 3, stride: 2, padding: 1 };
const net = new Sequential(
  new Conv2d(init, 1, 16, halve),
  new ReLU(),
  new BatchNorm2d(init, 16),
  new Conv2d(init, 16, 32, halve),
  new ReLU(),
  new BatchNorm2d(init, 32),
  new Flatten(),
  new Linear(init, 32 * 7 * 7, 2),
);

// One recorded step, replayed for every batch; the best epoch on validation is restored.
const { history, bestEpoch } = await fit(net, {
  train,
  val,
  loss: crossEntropyLoss(),
  optimizer: new SGD(net.parameters(), { lr: 1e-3, momentum: 0.9 }),
  epochs: 12,
  batchSize: 64,
  earlyStopping: { patience: 4 },
});
for (const { epoch, trainLoss, valLoss } of history)
  console.log(epoch, trainLoss.toFixed(3), valLoss?.toFixed(3));

const { accuracy } = await evaluate(net, test, { loss: crossEntropyLoss() });
console.log(`epoch ${bestEpoch} on unseen images: ${(100 * accuracy!).toFixed(1)} % right`);
await runtime.destroy();
