import { nn, openRuntime } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const net = smallNet(runtime);
const optimizer = new nn.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });

const log: nn.FitCallback = {
  onEpoch: ({ epoch, trainLoss, valLoss }) =>
    console.log(`epoch ${epoch}: loss ${trainLoss.toFixed(2)}, validation ${valLoss!.toFixed(2)}`),
  onEnd: ({ bestEpoch, stopReason }) => console.log(`best epoch ${bestEpoch}, ended by ${stopReason}`),
};
await nn.fit(net, {
  train: nn.examples(runtime, drawImages(256, 1)),
  val: nn.examples(runtime, drawImages(64, 2)),
  loss: nn.crossEntropyLoss(),
  optimizer,
  epochs: 4,
  batchSize: 32,
  transform: new nn.Dropout(new nn.Init(runtime, 1), 0.1), // a tenth of the pixels is missing, only in training
  average: new nn.AveragedModel(net, { decay: 0.9 }),
  schedule: nn.cosine(4),
  callbacks: [log],
});
await runtime.destroy();
