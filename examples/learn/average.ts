import { nn, openRuntime } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const train = nn.examples(runtime, drawImages(256, 1));
const val = nn.examples(runtime, drawImages(64, 2));
const net = smallNet(runtime);
const crossEntropy = nn.crossEntropyLoss();
const optimizer = new nn.SGD(net.parameters(), { lr: 0.2, momentum: 0.9 });
const average = new nn.AveragedModel(net, { decay: 0.9 });

const step = nn.compile(net, (batch) => {
  crossEntropy(net.forward(batch.images), batch).backward();
  optimizer.step();
  optimizer.zeroGrad();
  average.updateParameters();
  return undefined;
});
for (let epoch = 1; epoch <= 4; epoch++) {
  for (const batch of nn.batches(train, { batchSize: 32, epoch })) step(batch);
}

const own = await nn.evaluate(net, val, { loss: crossEntropy });
const averaged = await average.use(() => nn.evaluate(net, val, { loss: crossEntropy }));
console.log(`loss ${own.loss.toFixed(3)}, with averaged weights ${averaged.loss.toFixed(3)}`);
await runtime.destroy();
