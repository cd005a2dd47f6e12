import { nn, openRuntime } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const train = nn.examples(runtime, drawImages(256, 1));
const net = smallNet(runtime);
const crossEntropy = nn.crossEntropyLoss();
const optimizer = new nn.SGD(net.parameters(), { lr: 0.05 });

let batchCount = 0;
for (const batch of nn.batches(train, { batchSize: 8 })) {
  crossEntropy(net.forward(batch.images), batch).div(4).backward(); // adds to the gradients
  batchCount++;
  if (batchCount % 4 > 0) continue;
  optimizer.step(); // as for one batch of 32
  optimizer.zeroGrad();
}

const same = smallNet(runtime);
await nn.fit(same, {
  train,
  loss: crossEntropy,
  optimizer: new nn.SGD(same.parameters(), { lr: 0.05 }),
  epochs: 1,
  batchSize: 8,
  accumulate: 4,
});
const [a, b] = [net, same].map((each) => each.parameters()[0].array());
console.log(String(await a) === String(await b));
await runtime.destroy();
