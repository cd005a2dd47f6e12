import { setTimeout as sleep } from 'node:timers/promises';
import { machines } from '@glassbox/wgsl-kernels';
import { openWasmRuntime } from '@glassbox/wgsl-wasm';
import { describe, expect, it } from 'vitest';
import { DeviceError, DeviceLostError } from '../../src/device/device.ts';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { findAdapter } from '../../src/device/webgpu/dawn.ts';
import { WebGpuDevice } from '../../src/device/webgpu/webgpu-device.ts';
import { Runtime } from '../../src/index.ts';
import { add } from '../../src/ops/index.ts';
import { zeros } from '../../src/tensor.ts';
import { SmallNet } from '../support/net.ts';

type Found = NonNullable<Awaited<ReturnType<typeof findAdapter>>>;
const infoOf = ({ report }: Found) =>
  ({ kind: 'webgpu', adapter: report.description, hardware: false }) as const;

/** A device and how to make it fail without asking it. */
async function webgpu() {
  const found = await findAdapter('software');
  const gpu = await found!.adapter.requestDevice();
  return { device: new WebGpuDevice(gpu, infoOf(found!), machines.softwareGpu), gpu };
}

/** The device with another report of its loss. */
function withLost(gpu: GPUDevice, lost: Promise<GPUDeviceLostInfo>): GPUDevice {
  return new Proxy(gpu, {
    get(target, key) {
      if (key === 'lost') return lost;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function wasm() {
  const runtime = await openWasmRuntime({ threads: 2 });
  await new Promise((resolve) => setTimeout(resolve, 200)); // the worker is at work
  const { team } = runtime as unknown as { team: { threads: { terminate(): Promise<void> }[] } };
  return { device: new WasmDevice(runtime), kill: () => team.threads[0].terminate() };
}

async function expectLost(runtime: Runtime, reason: RegExp): Promise<void> {
  const net = () => runtime.step(() => add(zeros(runtime, [2]), 1)).array();
  for (let again = 0; again < 2; again++) {
    const error = await (async () => net())().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).toMatch(
      /Open a new one with openRuntime\(\) and load the last checkpoint/,
    );
  }
  expect(() => runtime.device.createBuffer(4)).toThrow(DeviceLostError);
  await runtime.destroy();
}

describe('a device that is lost', () => {
  it('webgpu: the driver takes it away in the middle of a training', async () => {
    const { device, gpu } = await webgpu();
    const runtime = new Runtime(device);
    const net = new SmallNet(runtime);
    const recording = runtime.record(() => net.train());
    recording.replay();
    const pending = recording.result.item().catch((error: unknown) => error);
    gpu.destroy();
    const settled = await pending;
    if (settled instanceof Error) expect(settled).toBeInstanceOf(DeviceLostError);
    else expect(settled).toBeGreaterThan(0);
    expect(() => {
      recording.replay();
      recording.replay();
    }).toThrow(/The device was lost \(.*destroyed/i);
    await expectLost(runtime, /The device was lost/);
  });

  it('webgpu: a read that the loss ended before anybody told of the loss names the loss', async () => {
    const found = await findAdapter('software');
    const gpu = await found!.adapter.requestDevice();
    // Chromium tells of a loss after it has unmapped the buffers.
    const late = gpu.lost.then((info) => sleep(50, info));
    const runtime = new Runtime(new WebGpuDevice(withLost(gpu, late), infoOf(found!), machines.softwareGpu));
    const net = new SmallNet(runtime);
    for (let step = 0; step < 20; step++) net.train();
    const pending = net.train().item();
    gpu.destroy();
    await expect(pending).rejects.toThrow(DeviceLostError);
  });

  it('webgpu: the driver reports a loss in mid-step, as Vulkan does after a fault of the GPU', async () => {
    const found = await findAdapter('software');
    const gpu = await found!.adapter.requestDevice();
    // Dawn's own ForceLoss is not among what its package for Node offers: the report is made here.
    let report: (reason: GPUDeviceLostInfo) => void = () => {};
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
      report = resolve;
    });
    const runtime = new Runtime(new WebGpuDevice(withLost(gpu, lost), infoOf(found!), machines.softwareGpu));
    const net = new SmallNet(runtime);
    const recording = runtime.record(() => net.train());
    expect(await recording.result.item()).toBeGreaterThan(0);
    for (let step = 0; step < 20; step++) recording.replay();
    const pending = recording.result.item().catch((error: unknown) => error);
    report({ reason: 'unknown', message: 'VK_ERROR_DEVICE_LOST' } as GPUDeviceLostInfo);
    // The read does not wait for a GPU that will not answer.
    const error = await pending;
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as Error).message).toMatch(/The device was lost \(VK_ERROR_DEVICE_LOST\)/);
    await expectLost(runtime, /VK_ERROR_DEVICE_LOST/);
  });

  it('wasm: a thread dies', async () => {
    const { device, kill } = await wasm();
    const runtime = new Runtime(device);
    const net = new SmallNet(runtime);
    await runtime.step(() => net.train()).item();
    await kill();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expectLost(runtime, /The device was lost \(worker thread 1 died/);
  });

  for (const threads of [1, 2]) {
    it(`wasm, ${threads} threads: a kernel never ends`, async () => {
      const device = await WasmDevice.open({ threads, operationLimit: 1e7 });
      const runtime = new Runtime(device);
      const net = new SmallNet(runtime);
      await runtime.step(() => net.train()).item();
      const wgsl = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  while (x[id.x] < 5u) { x[id.x] = x[id.x] & 3u; }
}`;
      const kernel = device.prepare({
        name: 'forEver',
        wgsl,
        bindings: [],
        workgroups: [5000, 1, 1],
        flop: 0,
        bytes: 0,
      });
      const buffer = device.createBuffer(20_000);
      device.submit([{ kernel, views: [{ buffer, offset: 0, size: 20_000 }] }]);
      await expectLost(
        runtime,
        /The device was lost \(kernel 'forEver' does not end: .*at 4:3; .*operationLimit/,
      );
    });
  }

  it('another device goes on, with what was saved', async () => {
    const first = await webgpu();
    const runtime = new Runtime(first.device);
    const net = new SmallNet(runtime);
    await runtime.step(() => net.train()).item();
    const saved = await net.bits();
    first.gpu.destroy();
    await runtime.destroy();
    const second = await webgpu();
    const fresh = new Runtime(second.device);
    const again = new SmallNet(fresh);
    await fresh.step(() => again.train()).item();
    expect(await again.bits()).toBe(saved);
    await fresh.destroy();
  });
});

describe('a device that runs out of memory', () => {
  it('webgpu: says who asked for how much, and who holds what', async () => {
    const { device, gpu } = await webgpu();
    const runtime = new Runtime(device);
    await add(zeros(runtime, [512, 1024]), 1).array();
    // What Dawn does when Vulkan has no memory left.
    const createBuffer = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      class GPUOutOfMemoryError {
        readonly message = 'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY';
      }
      const event = Object.assign(new Event('uncapturederror', { cancelable: true }), {
        error: new GPUOutOfMemoryError(),
      });
      gpu.dispatchEvent(event);
      return createBuffer({ ...descriptor, size: 4 });
    };
    const more = async () => add(zeros(runtime, [1024, 1024]), 1).array();
    const error = await more().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toMatch(
      new RegExp(
        String.raw`out of memory: addForward asked for 4\.0 MiB; 4\.0 MiB are held in \d+ buffers, most by ` +
          String.raw`addForward 4\.0 MiB in \d.*Use a smaller batch.*runtime\.step\(\(\) => \{.*VK_ERROR`,
        's',
      ),
    );
    await runtime.destroy();
  });

  it('wasm: says who asked for how much, and who holds what, and goes on', async () => {
    const device = await WasmDevice.open({ threads: 1 });
    const runtime = new Runtime(device);
    const x = zeros(runtime, [64]);
    expect((await x.array())[0]).toBe(0);
    const held = [1, 2, 3].map(() => device.createBuffer(2 ** 30, 'data set'));
    expect(() => device.createBuffer(2 ** 30, 'conv2dForward')).toThrow(
      new RegExp(
        String.raw`conv2dForward asked for 1\.0 GiB; 3\.0 GiB are held in 4 buffers, most by data set 3\.0 ` +
          String.raw`GiB in 3.*smaller batches.*runtime\.step\(\(\) => \{`,
      ),
    );
    for (const buffer of held) device.destroyBuffer(buffer);
    expect((await add(x, 1).array())[0]).toBe(1);
    await runtime.destroy();
  });
});
