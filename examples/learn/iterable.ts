import { nn, openRuntime } from 'glassbox';
import { drawImages, smallNet } from './images.ts';

const runtime = await openRuntime();
const net = smallNet(runtime);
const loss = nn.crossEntropyLoss();

/** Images that are new in each epoch. They could come from files, or from a server. */
async function* newImages(epoch: number) {
  for (let batch = 0; batch < 8; batch++) yield drawImages(32, 100 * epoch + batch);
}
await nn.fit(net, {
  train: newImages,
  loss,
  optimizer: new nn.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
  epochs: 3,
});

const { accuracy } = await nn.evaluate(net, newImages(0), { loss });
console.log(`${(100 * accuracy!).toFixed(0)} % of other images are right`);
await runtime.destroy();
