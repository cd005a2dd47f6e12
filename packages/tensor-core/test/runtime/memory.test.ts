import { rowMajor } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { type Device, DeviceError } from '../../src/device/device.ts';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { Runtime } from '../../src/index.ts';
import { add, conv2d, mean, mul, relu, slice } from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { Arena } from '../../src/runtime/arena.ts';
import type { Recording } from '../../src/runtime/recorded-step.ts';
import { imageTensor, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { SmallNet } from '../support/net.ts';
import { settled } from '../support/settled.ts';

const devices = await openTestDevices();

/** The device, but its memory ends. */
function ending(device: Device, most: number): Device {
  const createBuffer = (bytes: number, label?: string) => {
    if (device.memory.bytes + bytes > most) throw new DeviceError('full');
    return device.createBuffer(bytes, label);
  };
  return new Proxy(device, {
    get(whole, name) {
      const value = name === 'createBuffer' ? createBuffer : Reflect.get(whole, name, whole);
      return typeof value === 'function' ? value.bind(whole) : value;
    },
  });
}

describe.each(devices)('memory on $name', ({ device }) => {
  const runtime = new Runtime(device);

  async function heap(): Promise<number> {
    await settled(runtime);
    return process.memoryUsage().heapUsed;
  }

  it.each(['step()', 'record()', 'plain'])('stays flat over 300 training steps, %s', async (how) => {
    const net = new SmallNet(runtime, 1);
    let recording: Recording<Tensor> | undefined;
    const train = async () => {
      if (how === 'step()') await runtime.step(() => net.train()).item();
      else if (how === 'plain') await net.train().item();
      else if (recording) {
        recording.replay();
        await recording.result.item();
      } else recording = runtime.record(() => net.train());
    };
    for (let step = 0; step < 20; step++) await train();
    const [before, heapBefore] = [await settled(runtime), await heap()];
    let most = 0;
    for (let step = 0; step < 300; step++) {
      await train();
      most = Math.max(most, device.memory.bytes);
    }
    const [after, heapAfter] = [await settled(runtime), await heap()];
    expect(after).toEqual(before);
    expect(heapAfter - heapBefore).toBeLessThan(2 ** 20);
    // A recording needs nothing more at all; a step one loss each until the garbage collector comes by.
    if (how === 'record()') expect(most).toBe(before.bytes);
    if (how === 'step()') expect(most).toBeLessThan(before.bytes + 2 ** 20);
    recording?.dispose();
  });

  it('tensors of a step share memory however many kernels it has', async () => {
    const own = new Runtime(device, { collectAbove: Number.MAX_SAFE_INTEGER });
    const x = tensor(own, new Float32Array(256 * 1024).fill(1), [256, 1024]); // 1 MiB
    const kernels = 700;
    const before = await settled(own);
    const sum = own.step(() => {
      let y: Tensor = x;
      for (let n = 0; n < kernels; n++) y = add(y, 1);
      return mean(y);
    });
    expect(device.memory.bytes - before.bytes).toBeLessThan(4 * 2 ** 20);
    expect(await sum.item()).toBe(1 + kernels);
  });

  it('tensors of a recorded step take the places of larger ones', async () => {
    const own = new Runtime(device, { collectAbove: Number.MAX_SAFE_INTEGER });
    const x = zeros(own, [1024, 256]); // 1 MiB
    const before = (await settled(own)).bytes;
    const recording = own.record(() => {
      let y: Tensor = x;
      for (let rows = 960; rows > 512; rows -= 64) y = relu(slice(y, 0, 0, rows));
      return mean(y);
    });
    const most = device.machine.dispatches === 'cheap' ? 3 * 2 ** 20 : Number.POSITIVE_INFINITY;
    expect(device.memory.bytes - before).toBeLessThan(most);
    recording.dispose();
  });

  it('the zeros that convolutions read stay zeros where images of several sizes take turns', async () => {
    const own = new Runtime(device, { debug: true });
    const data = Float32Array.from({ length: 8 * 24 * 32 }, (_, i) => (i % 7) - 3);
    const x = imageTensor(own, data, [1, 8, 24, 32]);
    const weight = tensor(own, new Float32Array(8 * 8 * 9).fill(1 / 32), [8, 8, 3, 3]);
    const forward = () => {
      let y: Tensor = x;
      for (const rows of [24, 22, 20, 18]) y = conv2d(slice(y, 2, 0, rows), weight, null, { padding: 1 });
      return y;
    };
    const expected = await own.step(forward).array();
    const recording = own.record(forward);
    for (let replay = 0; replay < 2; replay++) {
      recording.replay();
      expect(await recording.result.array()).toEqual(expected);
    }
    recording.dispose();
  });

  it('forgotten tensors come back while a loop only reads values, without any step', async () => {
    const limit = 8 * 2 ** 20;
    const own = new Runtime(device, { collectAbove: limit });
    const weight = zeros(own, [256, 1024]); // 1 MiB
    const before = device.memory.bytes;
    let most = 0;
    for (let i = 0; i < 60; i++) {
      await mean(relu(add(mul(weight, i), 1))).item(); // 3 MiB of garbage
      most = Math.max(most, device.memory.bytes - before);
    }
    expect(most).toBeLessThan(3 * limit);
    await own.collectGarbage();
  });

  it.each(['a training loop', 'a loop over batches from the host', 'steps whose results are dropped'])(
    'forgotten tensors come back while nothing is read and no step is used: %s',
    async (what) => {
      const limit = 8 * 2 ** 20;
      const own = new Runtime(device, { collectAbove: limit });
      const weight = zeros(own, [256, 1024]).requiresGrad_(); // 1 MiB
      const before = await settled(runtime);
      let most = 0;
      for (let i = 0; i < 30; i++) {
        if (what === 'a training loop') {
          backward(mean(relu(add(mul(weight, i), 1)))); // 6 MiB of garbage
          weight.grad = null;
        } else if (what === 'steps whose results are dropped') {
          own.step(() => {
            const y = relu(add(weight, i)); // 1 MiB, and a gradient of as much
            backward(mean(y));
            return y;
          });
          weight.grad = null;
        } else relu(add(tensor(own, new Float32Array(2 ** 18), [256, 1024]), 1)); // 3 MiB
        own.flush();
        most = Math.max(most, device.memory.bytes - before.bytes);
      }
      expect(most).toBeLessThan(3 * limit);
      await own.collectGarbage();
    },
  );

  it('a forgotten recording gives back what it held; its results keep it', async () => {
    const x = zeros(runtime, [64, 64]);
    await x.array();
    const before = await settled(runtime);
    const make = () => runtime.record(() => relu(add(mul(x, 2), 1))).result;
    let result: Tensor | undefined = make();
    expect((await settled(runtime)).bytes).toBeGreaterThan(before.bytes);
    expect((await result.array())[0]).toBe(1);
    result = undefined;
    expect(await settled(runtime)).toEqual(before);
  });

  it('a recording keeps what it reads, even if everyone else forgets it', async () => {
    const record = () => {
      const factor = tensor(runtime, [3, 3, 3, 3], [4]);
      return runtime.record(() => mul(factor, 2));
    };
    const recording = record();
    await settled(runtime);
    // Would land in the factor's memory, were that free.
    const others = Array.from({ length: 8 }, () => mul(tensor(runtime, [9, 9, 9, 9], [4]), 1));
    for (const other of others) await other.array();
    recording.replay();
    expect([...(await recording.result.array())]).toEqual([6, 6, 6, 6]);
    recording.dispose();
  });

  it('what was there before a recording stays when the recording is disposed of', async () => {
    const first = tensor(runtime, [1, 2, 3, 4], [4]); // gets its memory inside of the recording
    const recording = runtime.record(() => mul(first, 2));
    recording.dispose();
    recording.dispose();
    const other = mul(tensor(runtime, [7, 7, 7, 7], [4]), 1);
    expect([...(await other.array())]).toEqual([7, 7, 7, 7]);
    expect([...(await first.array())]).toEqual([1, 2, 3, 4]);
  });

  it('recording again and again needs no more memory', async () => {
    const net = new SmallNet(runtime);
    const round = () => {
      const recording = runtime.record(() => net.train());
      recording.replay();
      recording.dispose();
    };
    round();
    round();
    const { buffers } = device.memory;
    for (let i = 0; i < 5; i++) round();
    expect(device.memory.buffers).toBe(buffers);
  });

  it('arenas that nobody uses any more are freed', async () => {
    const parameters = [zeros(runtime, [100]), zeros(runtime, [7])];
    await parameters[0].array();
    new ParameterArena(runtime, parameters);
    const before = await settled(runtime);
    for (let i = 0; i < 5; i++) {
      new ParameterArena(runtime, parameters);
      new Arena(runtime, [rowMajor([1000])], 'momentum');
      runtime.flush();
    }
    expect(device.memory.bytes).toBeGreaterThan(before.bytes);
    expect(await settled(runtime)).toEqual(before);
    expect([...(await parameters[1].array())]).toEqual(new Array(7).fill(0));
  });

  it('idle memory goes back to a device that is full, and no bit changes', async () => {
    const data = Float32Array.from({ length: 1024 * 256 }, (_, i) => (i % 11) - 5);
    const open = (own: Runtime) => {
      const x = tensor(own, data, [1024, 256]); // 1 MiB
      return (rows: number) => {
        let y: Tensor = x;
        for (let r = rows; r > rows - 256; r -= 64) y = mul(add(slice(y, 0, 0, r), 1), 0.75);
        return mean(y);
      };
    };
    const sizes = [1024, 960, 936, 900];
    const collectAbove = Number.MAX_SAFE_INTEGER;
    const { bytes: before } = await settled(runtime);
    const endless = new Runtime(device, { collectAbove });
    const ask = open(endless);
    const expected: number[] = [];
    let needed = 0;
    for (const rows of sizes) {
      expected.push(await endless.step(() => ask(rows)).item());
      needed ||= device.memory.bytes - before;
    }
    // The smaller ones have memory of their own now, though none needs as much as the first.
    expect(device.memory.bytes - before).toBeGreaterThan(needed + 2 ** 20);
    const { bytes: held } = await settled(endless);

    const own = new Runtime(ending(device, held + needed + 2 ** 16), { collectAbove });
    const work = open(own);
    for (const [index, rows] of sizes.entries())
      expect(await own.step(() => work(rows)).item()).toBe(expected[index]);
    const recording = own.record(() => work(sizes[1]));
    expect(await recording.result.item()).toBe(expected[1]);
    recording.dispose();
    const arena = new Arena(own, [rowMajor([(needed - 2 ** 20) / 4])], 'all but the data');
    expect(() => own.step(() => work(sizes[0]))).toThrow('full');
    expect(arena.gone).toBe(false);
    await settled(own);
  });

  it('views keep their memory, and it is freed with the last of them', async () => {
    const before = await settled(runtime);
    const use = async () => {
      const view = (() => mul(zeros(runtime, [1000]), 1).detach())();
      await settled(runtime);
      expect((await view.array()).length).toBe(1000);
    };
    await use();
    expect(await settled(runtime)).toEqual(before);
  });
});

describe('a loop of small tensors that nothing reads', () => {
  it('has them back by their number: they hold hardly any memory', async () => {
    const runtime = new Runtime(await WasmDevice.open({ threads: 1 }));
    for (let i = 0; i < 80_000; i++) {
      add(tensor(runtime, [i], [1]), 1);
      if (i % 256 === 0) runtime.flush();
    }
    expect(runtime.device.memory.buffers).toBeLessThan(2 ** 17);
    await runtime.destroy();
  });
});
