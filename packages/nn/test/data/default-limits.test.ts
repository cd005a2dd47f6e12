import { type Device, Runtime } from '@glassbox/tensor-core';
import { machines } from '@glassbox/wgsl-kernels';
import { expect, it } from 'vitest';
import { adapterInfo, findAdapter } from '../../../tensor-core/src/device/webgpu/dawn.ts';
import { WebGpuDevice } from '../../../tensor-core/src/device/webgpu/webgpu-device.ts';
import { batches, crossEntropyLoss, examples, fit, SGD, withRows } from '../../src/index.ts';
import { SmallNet } from '../support/plain-training.ts';

/** A device with the limits that every WebGPU has: those that are opened otherwise ask for what the adapter offers. */
async function openWithDefaultLimits(): Promise<Device> {
  const found = await findAdapter('software');
  if (!found) throw new Error('no software adapter');
  const gpu = await found.adapter.requestDevice();
  return new WebGpuDevice(gpu, adapterInfo(found.report), machines.gpu);
}

it("a set that fits memory and not a buffer trains within WebGPU's default limits", {
  timeout: 60_000,
}, async () => {
  const device = await openWithDefaultLimits();
  expect(device.largestBuffer).toBe(2 ** 27);
  const runtime = new Runtime(device);
  const count = 2 ** 27 / 64 + 1;
  // Only the images that are looked at differ from 0: the last ones.
  const images = new Uint8Array(64 * count);
  const labels = new Uint8Array(count);
  const last = 40;
  for (let i = 0; i < last; i++) {
    labels[count - 1 - i] = i % 2;
    images.fill(90 + 60 * (i % 2) + i, 64 * (count - 1 - i), 64 * (count - i));
  }
  const input = { images, labels, shape: [1, 8, 8] } as const;
  expect(() => examples(runtime, { ...input, keep: 'device' })).toThrow(
    /exceed this adapter's limit of 134217728/,
  );
  const rows = Uint32Array.from({ length: last }, (_, i) => count - last + i);
  const few = { images: images.slice(-64 * last), labels: labels.slice(-last), shape: input.shape };
  const train = async (data: ReturnType<typeof examples>) => {
    const net = new SmallNet(runtime);
    const options = { loss: crossEntropyLoss(), epochs: 2, batchSize: 16 };
    await fit(net, { ...options, train: data, optimizer: new SGD(net.parameters(), { lr: 0.1 }) });
    return net.stateDict();
  };
  const large = withRows(examples(runtime, input), rows);
  expect(large.images).toHaveProperty('inMemory', true);
  expect(await train(large)).toEqual(await train(examples(runtime, few)));
  const [batch] = batches(large, { batchSize: last, shuffle: false });
  expect(new Set(await batch.images.array()).size).toBe(last);
  await runtime.destroy();
});
