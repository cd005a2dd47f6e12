import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type Kernel,
  linearKernel,
  reads,
  readsWrites,
  reluOp,
  rowMajor,
  unaryForward,
} from '@glassbox/wgsl-kernels';
import { afterEach, describe, expect, it } from 'vitest';
import { type Device, DeviceError, DeviceLostError } from '../../src/device/device.ts';
import { openers } from '../support/openers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const increment: Kernel = linearKernel({
  name: 'increment',
  about: 'y = x + 1',
  bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('y', 'array<vec4<f32>>')],
  invocations: 4,
  workgroupSize: 1,
  body: 'y[i] = x[i] + 1f;',
  flop: 16,
  bytes: 128,
});

describe.each(openers)('a device of kind $name', ({ open, computes }) => {
  const opened: Device[] = [];
  async function fresh(): Promise<Device> {
    const device = await open();
    opened.push(device);
    return device;
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((device) => device.destroy()));
  });

  const whole = (buffer: ReturnType<Device['createBuffer']>) => ({ buffer, offset: 0, size: buffer.bytes });
  const floats = async (read: Promise<ArrayBuffer>) => [...new Float32Array(await read)];

  // What is read from a device that computes nothing means nothing.
  const itReads = it.runIf(computes);

  itReads('does writes, submits and reads in the order of the calls', async () => {
    const device = await fresh();
    const [a, b] = [device.createBuffer(64, 'a'), device.createBuffer(64, 'b')];
    expect(await floats(device.read(a, 0, 8))).toEqual([0, 0]);
    const kernel = device.prepare(increment);
    device.write(a, 0, new Float32Array(16).fill(1));
    device.submit([{ kernel, views: [whole(a), whole(b)] }]);
    const first = floats(device.read(b, 0, 8));
    device.write(a, 4, Float32Array.of(7));
    device.submit([{ kernel, views: [whole(a), whole(b)] }]);
    device.write(b, 0, Float32Array.of(-1));
    const second = floats(device.read(b, 0, 8));
    device.write(b, 0, new Float32Array(16));
    expect(await first).toEqual([2, 2]);
    expect(await second).toEqual([-1, 8]);
    expect(await floats(device.read(b, 56, 8))).toEqual([0, 0]);
  });

  itReads(
    'copies data when it is asked to: what the caller does with them later does not matter',
    async () => {
      const device = await fresh();
      const [a, b] = [device.createBuffer(64), device.createBuffer(64)];
      const kernel = device.prepare(increment);
      const data = new Float32Array(16);
      for (let i = 0; i < 5; i++) {
        data.fill(i);
        device.write(a, 0, data);
        data.fill(-100);
        device.submit([{ kernel, views: [whole(a), whole(b)] }]);
        expect((await floats(device.read(b, 0, 4)))[0]).toBe(i + 1);
      }
    },
  );

  itReads(
    'runs parts of buffers at multiples of 256 bytes, and recorded lists as often as asked',
    async () => {
      const device = await fresh();
      const [a, b] = [device.createBuffer(1024), device.createBuffer(1024)];
      device.write(a, 512, new Float32Array(16).fill(3));
      const part = (buffer: typeof a, offset: number) => ({ buffer, offset, size: 64 });
      const kernel = device.prepare(increment);
      const list = device.record([
        { kernel, views: [part(a, 512), part(b, 256)] },
        { kernel, views: [part(b, 256), part(a, 512)] },
      ]);
      for (let i = 0; i < 3; i++) device.submit(list);
      expect(await floats(device.read(a, 512, 8))).toEqual([9, 9]);
      expect(await floats(device.read(b, 256, 8))).toEqual([8, 8]);
      expect(await floats(device.read(b, 0, 8))).toEqual([0, 0]);
      list.destroy();
    },
  );

  it('compiles a text once', async () => {
    const device = await fresh();
    const relu = () => unaryForward(reluOp, rowMajor([8]), device.machine);
    expect(device.prepare(relu())).toBe(device.prepare(relu()));
  });

  it('counts buffers', async () => {
    const device = await fresh();
    const before = device.memory;
    const buffers = [4, 64, 4096].map((bytes) => device.createBuffer(bytes));
    expect(device.memory).toEqual({ buffers: before.buffers + 3, bytes: before.bytes + 4164 });
    for (const buffer of buffers) device.destroyBuffer(buffer);
    device.destroyBuffer(buffers[0]);
    expect(device.memory).toEqual(before);
  });

  it('an invalid kernel is named', async () => {
    const device = await fresh();
    const broken = { ...increment, name: 'brokenKernel', wgsl: increment.wgsl.replace('+ 1f', '+ vec3f()') };
    const failure = async () => {
      const [a, b] = [device.createBuffer(64), device.createBuffer(64)];
      device.submit([{ kernel: device.prepare(broken), views: [whole(a), whole(b)] }]);
      await device.synchronize();
    };
    const error = await failure().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toMatch(/brokenKernel/);
    expect((error as Error).message).toMatch(/vec3|operator/);
  });

  it('a wrong number of buffers is said with the kernel', async () => {
    const device = await fresh();
    const a = device.createBuffer(64);
    const kernel = device.prepare(increment);
    expect(() => device.submit([{ kernel, views: [whole(a)] }])).toThrow(DeviceError);
    expect(() => device.submit([{ kernel, views: [whole(a)] }])).toThrow(
      /increment.*(1 buffers for 2|2 buffers.*1)/,
    );
    expect(() => device.record([{ kernel, views: [whole(a)] }])).toThrow(/increment/);
  });

  it('a buffer that is too large is refused with its size and name', async () => {
    const device = await fresh();
    const huge = () => device.createBuffer(2 ** 36, 'activations');
    expect(huge).toThrow(DeviceError);
    expect(huge).toThrow(/activations.*(68719476736 bytes|64\.0 GiB)/);
    // Nothing was taken, and the device goes on.
    const buffer = device.createBuffer(64);
    device.write(buffer, 0, Float32Array.of(1));
    if (computes) expect(await floats(device.read(buffer, 0, 4))).toEqual([1]);
  });

  itReads('reads several ranges as of one moment', async () => {
    const device = await fresh();
    const [a, b] = [device.createBuffer(512), device.createBuffer(64)];
    device.write(a, 256, Float32Array.of(1, 2, 3));
    device.write(b, 4, Float32Array.of(4));
    const ranges = device.readAll([
      { buffer: a, offset: 256, size: 12 },
      { buffer: b, offset: 4, size: 4 },
      { buffer: a, offset: 260, size: 4 },
    ]);
    device.write(a, 256, Float32Array.of(7, 7, 7));
    device.write(b, 4, Float32Array.of(7));
    expect((await ranges).map((range) => [...new Float32Array(range)])).toEqual([[1, 2, 3], [4], [2]]);
  });

  it('reads and waits leave no objects behind', async () => {
    const device = await fresh();
    const buffer = device.createBuffer(64);
    const heapAfter = async (reads: number) => {
      for (let i = 0; i < reads; i++) await device.read(buffer, 0, 4);
      for (let i = 0; i < reads / 4; i++) await device.synchronize();
      for (let pass = 0; pass < 3; pass++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        collectGarbage();
      }
      return process.memoryUsage().heapUsed;
    };
    await heapAfter(500);
    const before = await heapAfter(500);
    // 100 bytes each would be seen.
    expect((await heapAfter(1200)) - before).toBeLessThan(120_000);
  });

  it('destroyed in mid-step it settles what is pending and refuses what comes', async () => {
    const device = await fresh();
    const [a, b] = [device.createBuffer(64), device.createBuffer(64)];
    const kernel = device.prepare(increment);
    const list = device.record([{ kernel, views: [whole(a), whole(b)] }]);
    for (let i = 0; i < 50; i++) device.submit(list);
    const pending = floats(device.read(b, 0, 4)).catch((error: unknown) => error);
    const waiting = device.synchronize().catch((error: unknown) => error);
    await Promise.all([device.destroy(), device.destroy()]);
    // Done in time or not, but not left hanging.
    const settled = await pending;
    if (settled instanceof Error) expect(settled).toBeInstanceOf(DeviceLostError);
    else if (computes) expect(settled).toEqual([1]);
    await waiting;
    const gone = /The device was destroyed: open a new one with openRuntime\(\)/;
    await expect(device.read(b, 0, 4)).rejects.toThrow(gone);
    await expect(device.synchronize()).rejects.toThrow(DeviceLostError);
    for (const call of [
      () => device.createBuffer(4),
      () => device.write(a, 0, Float32Array.of(1)),
      () => device.submit(list),
      () => device.submit([{ kernel, views: [whole(a), whole(b)] }]),
      () => device.prepare({ ...increment, wgsl: `${increment.wgsl}\n` }),
      () => device.record([{ kernel, views: [whole(a), whole(b)] }]),
    ]) {
      expect(call).toThrow(gone);
    }
    device.destroyBuffer(a);
    list.destroy();
    expect(device.memory).toEqual({ buffers: 0, bytes: 0 });
  });

  it('opening, using and closing 20 leaves nothing', async () => {
    const cycle = async () => {
      const device = await open();
      const [a, b] = [device.createBuffer(2 ** 20), device.createBuffer(2 ** 20)];
      device.submit([{ kernel: device.prepare(increment), views: [whole(a), whole(b)] }]);
      const read = await floats(device.read(b, 0, 4));
      if (computes) expect(read).toEqual([1]);
      await device.destroy();
    };
    const handles = () =>
      process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind)).length;
    for (let i = 0; i < 3; i++) await cycle();
    const [before, handlesBefore] = [process.memoryUsage().rss, handles()];
    for (let i = 0; i < 20; i++) await cycle();
    expect(handles()).toBe(handlesBefore);
    // Each held 2 MiB of buffers, and a WebAssembly memory or a Vulkan device.
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});
