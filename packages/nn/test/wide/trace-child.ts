/** Trains each net for one step while V8 says what it packs; a line `@kernel` with its name and text before each. */
import { writeSync } from 'node:fs';
import { openRuntime } from '@glassbox/tensor-core';
import { NetTraining, netNames } from '../support/three-nets.ts';

const runtime = await openRuntime({ device: 'wasm', threads: 1, wide: true });
const { device } = runtime;
const prepare = device.prepare.bind(device);
device.prepare = (kernel) => {
  writeSync(1, `\n@kernel ${JSON.stringify([kernel.name, kernel.wgsl])}\n`);
  return prepare(kernel);
};
for (const net of netNames) {
  const training = new NetTraining(runtime, net, { size: 'real', batch: 64 });
  await runtime.step(() => training.train()).item();
}
await runtime.destroy();
