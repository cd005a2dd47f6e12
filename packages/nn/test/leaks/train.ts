/**
 * A process that trains one net, half of the steps recorded and half not, and says ten times on the way what it holds:
 * lines of JSON. It then ends by itself.
 *
 *     node train.ts DEVICE NET STEPS SIZE BATCH
 */
import { devices, openRuntime, type Recording, type Tensor } from '@glassbox/tensor-core';
import { NetTraining, type Size } from '../support/three-nets.ts';
import { memoryUse, say } from './memory-use.ts';

const [kind, name, total, size, batch] = process.argv.slice(2);
const entry = devices.find((each) => each.name === kind)!;
const runtime = await openRuntime({ device: entry.name, ...entry.inTests });
const training = new NetTraining(runtime, name, { size: size as Size, batch: Number(batch) });
const recording: Recording<Tensor> = runtime.record(() => training.train());
await recording.result.item();

/** A function of its own: no variable of the loop is left that could keep a tensor. */
async function train(steps: number): Promise<number> {
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const recorded = step % 2 === 0;
    if (recorded) recording.replay();
    const value = recorded ? recording.result : runtime.step(() => training.train());
    if (step % 10 > 7 || step === steps - 1) loss = await value.item();
  }
  await training.weights();
  return loss;
}

const every = Math.ceil(Number(total) / 10);
for (let mark = 1; mark <= 10; mark++) {
  const loss = await train(every);
  await runtime.collectGarbage();
  say({ ...memoryUse(mark * every, runtime.device), loss });
}
recording.dispose();
await runtime.destroy();
