import { crossEntropyLoss, examples, fit, PracticalNet, SGD } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** Images that the practical's net trains with in a second here. The first batches compile kernels and do not count. */
export async function measureSpeed(runtime: Runtime): Promise<number> {
  const count = 64 * 12;
  const images = new Uint8Array(count * 28 * 28).map((_, i) => (i * 31) % 251);
  const labels = new Uint8Array(count).map((_, i) => i % 2);
  const train = examples(runtime, { images, labels, shape: [1, 28, 28] });
  const net = new PracticalNet(runtime, { seed: 0 });
  const seconds: number[] = [];
  let last = performance.now();
  await fit(net, {
    train,
    loss: crossEntropyLoss(),
    optimizer: new SGD(net.parameters(), { lr: 1e-3, momentum: 0.9 }),
    epochs: 3,
    batchSize: 64,
    seed: 0,
    onEpoch: () => {
      seconds.push((performance.now() - last) / 1000);
      last = performance.now();
    },
  });
  return count / Math.min(...seconds.slice(1));
}
