import { nn, openRuntime } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const train = nn.examples(runtime, drawImages(256, 1));
const test = nn.examples(runtime, drawImages(200, 2));

const net = smallNet(runtime);
const crossEntropy = nn.crossEntropyLoss();
const optimizer = new nn.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });
const batches = nn.batches(train, { batchSize: 32, shuffle: true, seed: 0 });

for (let epoch = 1; epoch <= 4; epoch++) {
  net.train();
  let total = 0;
  for (const batch of batches) {
    const loss = crossEntropy(net.forward(batch.images), batch);
    loss.backward();
    optimizer.clipGradients(1);
    optimizer.step();
    optimizer.zeroGrad();
    total += await loss.item();
  }
  console.log(`epoch ${epoch}: loss ${(total / batches.length).toFixed(2)}`);
}

const { accuracy } = await nn.evaluate(net, test, { loss: crossEntropy });
console.log(`${(100 * accuracy!).toFixed(0)} % of other images are right`);
await runtime.destroy();
