import { nn, openRuntime, tensor } from 'glassbox';

async function train(): Promise<void> {
  const runtime = await openRuntime();
  const points = tensor(runtime, [0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const labels = tensor(runtime, [0, 1, 1, 0], [4], { dtype: 'u32' });
  const init = new nn.Init(runtime, 0);
  const net = new nn.Sequential(new nn.Linear(init, 2, 16), new nn.Tanh(), new nn.Linear(init, 16, 2));
  const optimizer = new nn.Adam(net.parameters(), { lr: 0.02 });
  const crossEntropy = nn.crossEntropyLoss();
  for (let epoch = 1; epoch <= 20; epoch++) {
    let loss = tensor(runtime, [0], []);
    for (let step = 0; step < 10; step++) {
      loss = runtime.step(() => {
        const batchLoss = crossEntropy(net.forward(points), { images: points, labels });
        batchLoss.backward();
        optimizer.step();
        optimizer.zeroGrad();
        return batchLoss;
      });
    }
    const { kind, threads = 1 } = runtime.device.info;
    postMessage(`epoch ${epoch}: loss ${(await loss.item()).toFixed(3)} (${kind}, ${threads} threads)`);
  }
  await runtime.destroy();
}

train().catch((error) => postMessage(String(error)));
