import { nn, openRuntime, stepInput } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const train = nn.examples(runtime, drawImages(256, 1));
const crossEntropy = nn.crossEntropyLoss();

/** Trains for two epochs with a loss whose weight grows, and gives the last loss. */
async function lastLoss(isRecorded: boolean): Promise<number> {
  const net = smallNet(runtime);
  const optimizer = new nn.Adam(net.parameters(), { lr: 0.01 });
  let steps = 0;
  const body = (batch: nn.Batch) => {
    const weight = stepInput(runtime, [], 'f32', () => [Math.min(1, (steps + 1) / 10)]);
    const loss = crossEntropy(net.forward(batch.images), batch).mul(weight);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  const step = isRecorded ? nn.compile(net, body) : body;
  let last = Number.NaN;
  for (let epoch = 1; epoch <= 2; epoch++) {
    for (const batch of nn.batches(train, { batchSize: 32, epoch })) {
      last = await step(batch).item();
      steps++;
    }
  }
  return last;
}

console.log((await lastLoss(true)) === (await lastLoss(false)));
await runtime.destroy();
