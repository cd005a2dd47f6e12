import { nn, openRuntime, tensor } from 'glassbox';

const runtime = await openRuntime();

// Exclusive or: four points in the plane, class 1 where exactly one coordinate is 1.
const points = tensor(runtime, [0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
const labels = tensor(runtime, [0, 1, 1, 0], [4], { dtype: 'u32' });

const init = new nn.Init(runtime, 0);
const net = new nn.Sequential(new nn.Linear(init, 2, 16), new nn.Tanh(), new nn.Linear(init, 16, 2));
const optimizer = new nn.Adam(net.parameters(), { lr: 0.02 });
const crossEntropy = nn.crossEntropyLoss();

for (let step = 0; step < 200; step++) {
  runtime.step(() => {
    crossEntropy(net.forward(points), { images: points, labels }).backward();
    optimizer.step();
    optimizer.zeroGrad();
  });
}

console.log(await net.forward(points).argmax().tolist());
await runtime.destroy();
