import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phantomDataset } from '@glassbox/medmnist';
import { crossEntropyLoss, examples, fit, PracticalNet, SGD } from '@glassbox/nn';
import { toOnnx } from '@glassbox/onnx';
import { openRuntime } from '@glassbox/tensor-core';

// Trains a net on generated images for a moment, and writes it as a model that other runtimes run.
const runtime = await openRuntime();
const { splits } = phantomDataset({
  domain: 'pneumonia',
  counts: { train: 200, val: 1, test: 1 },
  seed: 1,
});
const { images, labels } = splits.train;
const net = new PracticalNet(runtime, { widths: [8, 16] });
await fit(net, {
  train: examples(runtime, { images, labels, shape: [1, 28, 28] }),
  loss: crossEntropyLoss(),
  optimizer: new SGD(net.parameters(), { lr: 1e-3, momentum: 0.9 }),
  epochs: 3,
  batchSize: 50,
});

const model = await toOnnx(net, {
  inputShape: [1, 28, 28],
  docString: 'Pneumonia or none, from generated X-rays',
  normalization: { mean: 0.5, std: 0.5 }, // what `examples` did to the bytes
});
const path = join(tmpdir(), 'pneumonia.onnx');
await writeFile(path, model);
console.log(`${path}: ${model.length} bytes`);
await runtime.destroy();
