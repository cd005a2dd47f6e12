import { nn, openRuntime, tensor } from 'glassbox';

const runtime = await openRuntime();
const random = new nn.RandomStream(1, 0);

/** Noisy images of 8x8 pixels: class 0 is brighter on the left, class 1 on the right. */
function drawImages(count: number): nn.Examples {
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 2);
  const images = Uint8Array.from({ length: count * 64 }, (_, at) => {
    const isRight = at % 8 >= 4 ? 1 : 0;
    const bright = isRight === labels[Math.floor(at / 64)] ? 40 : 0;
    return bright + 215 * random.uniform();
  });
  return nn.examples(runtime, { images, labels, shape: [1, 8, 8] });
}
const [train, val, test] = [drawImages(256), drawImages(64), drawImages(200)];

const init = new nn.Init(runtime, 0);
const net = new nn.Sequential(
  new nn.Conv2d(init, 1, 8, { kernelSize: 3, stride: 2, padding: 1 }),
  new nn.ReLU(),
  new nn.Flatten(),
  new nn.Linear(init, 8 * 4 * 4, 2),
);
const loss = nn.crossEntropyLoss();
const optimizer = new nn.SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });

for (let epoch = 1; epoch <= 4; epoch++) {
  net.train();
  const order = random.permutation(256);
  let total = 0;
  for (let start = 0; start < 256; start += 32) {
    const batchLoss = runtime.step(() => {
      const rows = tensor(runtime, order.slice(start, start + 32), [32], { dtype: 'u32' });
      const batch = nn.gatherBatch(train, rows);
      const mean = loss(net.forward(batch.images), batch);
      mean.backward();
      optimizer.clipGradients(1);
      optimizer.step();
      optimizer.zeroGrad();
      return mean;
    });
    total += await batchLoss.item();
  }
  const judged = await nn.evaluate(net, val, { loss });
  console.log(`epoch ${epoch}: loss ${(total / 8).toFixed(2)}, validation ${judged.loss.toFixed(2)}`);
}

const { accuracy } = await nn.evaluate(net, test, { loss });
console.log(`${(100 * accuracy!).toFixed(0)} % of other images are right`);
await runtime.destroy();
