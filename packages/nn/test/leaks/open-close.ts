/**
 * A process that opens devices one after another, trains a little on each and closes it, and says ten times on the way
 * what it holds: lines of JSON. It then ends by itself.
 *
 *     node open-close.ts DEVICE COUNT
 */
import {
  backward,
  type Device,
  devices,
  matmul,
  mean,
  openDevice,
  Runtime,
  relu,
  tensor,
} from '@glassbox/tensor-core';
import { memoryUse, say } from './memory-use.ts';

const [kind, count] = process.argv.slice(2);
const { name, inTests } = devices.find((entry) => entry.name === kind)!;
const open = (): Promise<Device> => openDevice({ device: name, ...inTests });

/** @returns the device, closed, and what was computed on it. */
async function use(): Promise<{ device: Device; loss: number }> {
  const runtime = new Runtime(await open());
  const x = tensor(runtime, [1, 2, 3, 4, 5, 6], [2, 3]);
  const w = tensor(runtime, [1, -1, 1, 2, 0, -2], [3, 2]).requiresGrad_();
  const step = () => {
    w.grad = null;
    const loss = mean(relu(matmul(x, w)));
    backward(loss);
    return loss;
  };
  const recording = runtime.record(step);
  w.grad = null;
  recording.replay();
  const loss = await recording.result.item();
  const slopes = Array.from<number>(await w.grad!.array());
  await runtime.destroy();
  return { device: runtime.device, loss: slopes.reduce((sum, slope) => sum + slope, loss) };
}

const every = Math.ceil(Number(count) / 10);
for (let mark = 1; mark <= 10; mark++) {
  let last = await use();
  for (let device = 1; device < every; device++) last = await use();
  for (let pass = 0; pass < 4; pass++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  say({ ...memoryUse(mark * every, last.device), loss: last.loss });
}
