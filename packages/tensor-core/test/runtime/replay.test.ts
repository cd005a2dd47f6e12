import { describe, expect, it } from 'vitest';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { Runtime } from '../../src/index.ts';
import { add, mul } from '../../src/ops/index.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { SmallNet } from '../support/net.ts';

const devices = await openTestDevices();
const steps = 12;

/** Losses of a training and the bits it ends with. */
async function train(net: SmallNet, how: (net: SmallNet, step: number) => () => Promise<number>) {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push(await how(net, step)());
  return { losses, bits: await net.bits(), hooks: net.hooks, steps: net.steps };
}

describe.each(devices)('the same training on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const eager = (net: SmallNet) => () => net.train().item();
  const inSteps = (net: SmallNet) => () => net.runtime.step(() => net.train()).item();

  it('gives the same bits eagerly, in steps, and recorded, from the first step or a later one', async () => {
    const expected = await train(new SmallNet(runtime), eager);
    expect(expected.losses.at(-1)).toBeLessThan(expected.losses[0]);
    expect(expected).toMatchObject({ hooks: steps, steps });
    expect(new Set(expected.losses).size).toBe(steps);
    expect(await train(new SmallNet(runtime), inSteps)).toEqual(expected);
    for (const first of [0, 3]) {
      let recording: ReturnType<typeof runtime.record<ReturnType<SmallNet['train']>>> | undefined;
      const recorded = (net: SmallNet, step: number) => () => {
        if (step < first) return inSteps(net)();
        if (recording) recording.replay();
        else recording = runtime.record(() => net.train());
        return recording.result.item();
      };
      expect(await train(new SmallNet(runtime), recorded)).toEqual(expected);
      recording!.dispose();
      expect(() => recording!.replay()).toThrow('disposed of; record the step again');
      await expect(recording!.result.item()).rejects.toThrow(/recording that was disposed of/);
    }
  });

  it('two recordings take turns without disturbing each other', async () => {
    const [a, b] = [new SmallNet(runtime), new SmallNet(runtime, 3)];
    const separate = [new SmallNet(runtime), new SmallNet(runtime, 3)];
    const recordings = [a, b].map((net) => runtime.record(() => net.train()));
    for (let step = 1; step < 5; step++) for (const recording of recordings) recording.replay();
    for (const net of separate) for (let step = 0; step < 5; step++) runtime.step(() => net.train());
    expect(await a.bits()).toBe(await separate[0].bits());
    expect(await b.bits()).toBe(await separate[1].bits());
    for (const recording of recordings) recording.dispose();
  });

  it('nobody gets the memory that replays use: neither what the step let go of, nor what it made', async () => {
    const own = new Runtime(device);
    const values = (start: number) => Float32Array.from({ length: 64 }, (_, i) => start + i);
    const make = (start: number) => tensor(own, values(start), [64]);
    const outside = make(1);
    await add(outside, outside).array(); // it has its buffer now
    const recording = own.record(
      () => {
        const doubled = add(outside, outside);
        own.release(outside.storage);
        return mul(add(doubled, doubled), doubled);
        // It lets go of what it needs: it cannot be called again.
      },
      { checkEvery: Number.POSITIVE_INFINITY },
    );
    const expected = values(1).map((value) => 8 * value * value);
    expect(await recording.result.array()).toEqual(expected);
    // As many of the same size as would find any buffer that came back too early.
    const others = Array.from({ length: 12 }, (_, index) => make(1000 * index));
    const sums = others.map((other) => add(other, other));
    for (const sum of sums) await sum.array();
    recording.replay();
    expect(await recording.result.array()).toEqual(expected);
    for (const [index, other] of others.entries()) {
      expect(await other.array()).toEqual(values(1000 * index));
      expect(await sums[index].array()).toEqual(values(1000 * index).map((value) => 2 * value));
    }
    recording.dispose();
  });

  it('memory that two recordings use outlives its tensor and the first of them', async () => {
    const own = new Runtime(device);
    const values = (start: number) => Float32Array.from({ length: 64 }, (_, i) => start + i);
    let outside: Tensor | undefined = tensor(own, values(1), [64]);
    const step = () => add(outside!, outside!);
    await step().array(); // it has its buffer now
    const [first, second] = [0, 1].map(() => own.record(step, { checkEvery: Number.POSITIVE_INFINITY }));
    outside = undefined;
    for (let i = 0; i < 2; i++) await own.collectGarbage();
    first.dispose();
    const others = Array.from({ length: 12 }, (_, index) => tensor(own, values(1000 * index), [64]));
    for (const other of others) await add(other, other).array();
    second.replay();
    expect(await second.result.array()).toEqual(values(1).map((value) => 2 * value));
    second.dispose();
  });

  it('a recording says how many kernels it is', () => {
    const net = new SmallNet(runtime);
    const recording = runtime.record(() => net.train());
    expect(recording.dispatches).toBeGreaterThan(20);
    recording.dispose();
  });
});

describe('threads of the wasm device', () => {
  it('do not change a bit', async () => {
    const results = new Set<string>();
    for (const threads of [1, 2, 3, 4]) {
      const runtime = new Runtime(await WasmDevice.open({ threads }));
      const net = new SmallNet(runtime);
      const recording = runtime.record(() => net.train());
      for (let step = 1; step < 8; step++) {
        recording.replay();
        await new Promise((resolve) => setTimeout(resolve, 5)); // lets the workers join
      }
      results.add(await net.bits());
      await runtime.destroy();
    }
    expect(results.size).toBe(1);
  });
});
