/**
 * Trains nets of random shapes for two steps and prints a line for each: its shape, and a hash of losses and weights.
 * Arguments: the first seed, and how many nets.
 */
import { createHash } from 'node:crypto';
import { backward, openRuntime, type Runtime, stepInput } from '@glassbox/tensor-core';
import {
  AdamW,
  Autoencoder,
  crossEntropyLoss,
  gatherBatch,
  MedMnistNet,
  type Module,
  PracticalNet,
  reconstructionLoss,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';

const [first, count] = process.argv.slice(2).map(Number);

function generator(seed: number): (low: number, high: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  return (low, high) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return low + ((state >>> 0) % (high - low + 1));
  };
}

function randomNet(runtime: Runtime, pick: (low: number, high: number) => number) {
  const kind = pick(0, 2);
  const imageSize = [16, 20, 28, 32][pick(0, 3)];
  const width = () => (pick(0, 2) === 0 ? pick(1, 40) : 4 * pick(1, 12));
  const widths = Array.from({ length: kind === 1 ? 5 : 4 }, width);
  const hidden: [number, number] = [width(), width()];
  const name = ['PracticalNet', 'MedMnistNet', 'Autoencoder'][kind];
  const about = `${name} ${imageSize} [${widths}]${kind === 1 ? ` [${hidden}]` : ''}`;
  let net: Module;
  if (kind === 0) net = new PracticalNet(runtime, { seed: 1, widths: widths, imageSize });
  else if (kind === 1) {
    net = new MedMnistNet(runtime, { seed: 1, widths: widths, hidden: hidden, imageSize });
  } else net = new Autoencoder(runtime, { seed: 1, widths: widths, imageSize });
  return { net, about, imageSize, loss: kind === 2 ? reconstructionLoss('mse') : crossEntropyLoss() };
}

const runtime = await openRuntime({ device: 'wasm', threads: 1 });
for (let seed = first; seed < first + count; seed++) {
  const pick = generator(seed);
  const batch = pick(0, 2) === 0 ? pick(32, 40) : pick(2, 20);
  const { net, about, imageSize, loss } = randomNet(runtime, pick);
  const optimizer =
    pick(0, 1) === 0
      ? new SGD(net.parameters(), { lr: 0.01, momentum: 0.9, nesterov: true })
      : new AdamW(net.parameters(), { lr: 1e-3 });
  const data = brightHalves(runtime, batch, imageSize, seed);
  net.train();
  const hash = createHash('sha256');
  for (let step = 0; step < 2; step++) {
    const value = await runtime
      .step(() => {
        const rows = stepInput(runtime, [batch], 'u32', () => Array.from({ length: batch }, (_, i) => i));
        const images = gatherBatch(data, rows);
        const result = loss(net.forward(images.images), images);
        backward(result);
        optimizer.step();
        optimizer.zeroGrad();
        return result;
      })
      .item();
    hash.update(String(value));
  }
  for (const [, { data: values }] of await net.stateDict())
    hash.update(Buffer.from(values.buffer as ArrayBuffer));
  console.log(`${seed} ${about} batch ${batch} ${hash.digest('hex').slice(0, 16)}`);
}
await runtime.destroy();
