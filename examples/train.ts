import { phantomDataset } from '@glassbox/medmnist';
import { nn, openRuntime } from 'glassbox';

const runtime = await openRuntime(); // a GPU if there is one, else the same kernels as WebAssembly

// Generated 28x28 "X-rays" with label 1 for pneumonia and 0 for none. They are kept on the device.
const { splits } = phantomDataset({
  domain: 'pneumonia',
  counts: { train: 600, val: 1, test: 150 },
  seed: 1,
});
const onDevice = ({ images, labels }: typeof splits.train) =>
  nn.examples(runtime, { images, labels, shape: [1, 28, 28] });
const [train, test] = [onDevice(splits.train), onDevice(splits.test)];

const init = new nn.Init(runtime, 0); // PyTorch's default initialisation, with seed 0
const net = new nn.Sequential(
  new nn.Conv2d(init, 1, 16, { kernelSize: 3, stride: 2, padding: 1 }),
  new nn.ReLU(),
  new nn.BatchNorm2d(init, 16),
  new nn.Conv2d(init, 16, 32, { kernelSize: 3, stride: 2, padding: 1 }),
  new nn.ReLU(),
  new nn.BatchNorm2d(init, 32),
  new nn.Flatten(),
  new nn.Linear(init, 32 * 7 * 7, 2),
);
const crossEntropy = nn.crossEntropyLoss();
const optimizer = new nn.SGD(net.parameters(), { lr: 1e-3, momentum: 0.9 });
const batches = nn.batches(train, { batchSize: 50, seed: 0 });

for (let epoch = 1; epoch <= 8; epoch++) {
  let total = 0;
  for (const batch of batches) {
    const loss = crossEntropy(net.forward(batch.images), batch);
    loss.backward(); // now each parameter p has its gradient in p.grad
    optimizer.step();
    optimizer.zeroGrad();
    total += await loss.item();
  }
  console.log(`epoch ${epoch}: mean loss ${(total / batches.length).toFixed(3)}`);
}

const { accuracy } = await nn.evaluate(net, test, { loss: crossEntropy });
console.log(`150 other images: ${(100 * accuracy!).toFixed(1)} % right`);
await runtime.destroy();
