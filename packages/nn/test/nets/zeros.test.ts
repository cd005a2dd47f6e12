import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/index.ts';
import { NetTraining, netNames } from '../support/three-nets.ts';

const open = (debug: boolean) =>
  Promise.all([
    openRuntime({ device: 'wasm', debug }),
    openRuntime({ device: 'webgpu', adapter: 'software', debug }),
  ]);
const [[plain, other], [wasm, webgpu]] = [await open(false), await open(true)];
afterAll(() => Promise.all([plain, other, wasm, webgpu].map((runtime) => runtime.destroy())));

/** Steps in training mode, eager and recorded, and a pass in evaluation mode. */
async function trained(runtime: Runtime, name: string): Promise<Float32Array> {
  const training = new NetTraining(runtime, name, { size: 'narrow', batch: 3 });
  runtime.step(() => training.train());
  runtime.record(() => training.train()).replay();
  const { loss } = await evaluate(training.net, training.data, { loss: training.loss, batchSize: 5 });
  return Float32Array.of(loss, ...(await training.weights()));
}

describe('padding and zero tails of every operand are 0, with debug: true', () => {
  it.each(netNames)('%s on wasm, trained to the same bits as without checks', async (name) => {
    expect(await trained(wasm, name)).toEqual(await trained(plain, name));
  });

  // One step: SwiftShader compiles each check for as long as the kernel that it stands before.
  it('PracticalNet on webgpu (software)', async () => {
    const [first, second] = await Promise.all(
      [webgpu, other].map(async (runtime) => {
        const training = new NetTraining(runtime, 'PracticalNet', { size: 'narrow', batch: 2 });
        runtime.step(() => training.train());
        return training.weights();
      }),
    );
    expect(first).toEqual(second);
  });
});
