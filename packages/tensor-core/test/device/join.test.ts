import {
  axpy,
  fill,
  gatherLabels,
  type Kernel,
  type Machine,
  machines,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Device, Dispatch } from '../../src/device/device.ts';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { openWebGpu } from '../../src/device/webgpu/dawn.ts';
import { joinDispatches } from '../../src/device/webgpu/join-dispatches.ts';
import { Runtime } from '../../src/index.ts';
import { openDevice } from '../../src/open.ts';
import { SmallNet } from '../support/net.ts';

const machine: Machine = { ...machines.softwareGpu, dispatches: 'costly' };
const joining = await openWebGpu('software', [], machine);
const plain = await openWebGpu('software');
const wasm = await WasmDevice.open();
afterAll(() => Promise.all([joining, plain, wasm].map((device) => device.destroy())));

/** Blocks of 64 words, in two buffers of four. */
const block = 64;
const blocks = 8;
/** `from` undefined: fill with ones; else add block `from` to block `to`. Lengths in blocks. */
const command = fc.record({
  from: fc.option(fc.nat(blocks - 1), { nil: undefined }),
  to: fc.nat(blocks - 1),
  length: fc.integer({ min: 1, max: 3 }),
});
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Commands that stay inside of a buffer and do not read what they write. */
function valid({ from, to, length }: Command): boolean {
  const inside = (at: number) => (at % 4) + length <= 4;
  return inside(to) && (from === undefined || (inside(from) && Math.floor(from / 4) !== Math.floor(to / 4)));
}

function expected(commands: readonly Command[]): number[] {
  const words = new Array<number>(blocks * block).fill(0);
  for (const { from, to, length } of commands) {
    for (let i = 0; i < length * block; i++) {
      if (from === undefined) words[to * block + i] = 1;
      else words[to * block + i] += words[from * block + i];
    }
  }
  return words;
}

/** What the buffers hold after the commands have run as `run` says. */
async function contents(device: Device, commands: readonly Command[], run: (list: Dispatch[]) => void) {
  const buffers = [0, 1].map(() => device.createBuffer(4 * block * 4));
  const view = (at: number, length: number) => ({
    buffer: buffers[Math.floor(at / 4)],
    offset: (at % 4) * block * 4,
    size: length * block * 4,
  });
  run(
    commands.map(({ from, to, length }) => {
      const words = length * block;
      const target = view(to, length);
      if (from === undefined) {
        const kernel = device.prepare(fill(1, rowMajor([words]), 'f32', device.machine));
        return { kernel, views: [target] };
      }
      return { kernel: device.prepare(axpy(words, 1, device.machine)), views: [view(from, length), target] };
    }),
  );
  const bytes = await Promise.all(buffers.map((buffer) => device.read(buffer, 0, 4 * block * 4)));
  for (const buffer of buffers) device.destroyBuffer(buffer);
  return bytes.flatMap((part) => [...new Float32Array(part)]);
}

const lists = fc.array(command.filter(valid), { minLength: 1, maxLength: 14 });

describe('dispatches that do not depend on each other run as one', () => {
  it('and leave what the list leaves, recorded on webgpu', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (commands) => {
        const result = await contents(joining, commands, (list) => joining.submit(joining.record(list)));
        expect(result).toEqual(expected(commands));
      }),
      { numRuns: 30 },
    );
  });

  it('and leave what the list leaves, as kernels on wasm', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (commands) => {
        const result = await contents(wasm, commands, (list) =>
          wasm.submit(
            joinDispatches(list).map(({ kernel, views }) => ({ kernel: wasm.prepare(kernel), views })),
          ),
        );
        expect(result).toEqual(expected(commands));
      }),
      { numRuns: 60 },
    );
  });

  it('as far as 8 bindings reach', () => {
    const kernel = wasm.prepare(axpy(block, 1, wasm.machine));
    const views = Array.from({ length: 10 }, () => ({
      buffer: { bytes: 4 * block },
      offset: 0,
      size: 4 * block,
    }));
    const pair = (n: number) => ({ kernel, views: [views[2 * n], views[2 * n + 1]] });
    const names = (list: Dispatch[]) => joinDispatches(list).map((joined) => joined.kernel.name);
    expect(names([0, 1, 2, 3, 4].map(pair))).toEqual(['axpy + axpy + axpy + axpy', 'axpy']);
    expect(names([pair(0), { kernel, views: [views[1], views[5]] }, pair(4)])).toEqual([
      'axpy + axpy',
      'axpy',
    ]);
  });

  it('also if they note faults in one buffer; but not with what reads or clears it', () => {
    const buffer = () => ({ bytes: 4 * block });
    const faults = buffer();
    const dispatch = (kernel: Kernel, ...buffers: { bytes: number }[]) => ({
      kernel: wasm.prepare(kernel),
      views: buffers.map((each) => ({ buffer: each, offset: 0, size: each.bytes })),
    });
    const gather = () =>
      dispatch(
        gatherLabels({ count: 9, source: 'u8', y: rowMajor([8]), output: 'u32' }, wasm.machine),
        ...[buffer(), buffer(), faults, buffer()],
      );
    const clear = () => dispatch(fill(0, rowMajor([block]), 'f32', wasm.machine), faults);
    const add = () => dispatch(axpy(block, 1, wasm.machine), faults, buffer());
    const names = (list: Dispatch[]) => joinDispatches(list).map((joined) => joined.kernel.name);
    expect(names([gather(), gather()])).toEqual(['gatherLabels + gatherLabels']);
    expect(names([gather(), clear(), gather()])).toEqual(['gatherLabels', 'fill', 'gatherLabels']);
    expect(names([gather(), add(), gather()])).toEqual(['gatherLabels', 'axpy', 'gatherLabels']);
    expect(names([add(), gather()])).toEqual(['axpy', 'gatherLabels']);
  });

  it('on a GPU, which nothing else here is', async () => {
    const gpu = await openDevice({ device: 'null' });
    const runtime = new Runtime(gpu);
    const net = new SmallNet(runtime);
    const recorded = runtime.record(() => net.train()).dispatches;
    await gpu.destroy();
    const other = new Runtime(plain);
    const separate = new SmallNet(other);
    expect(recorded).toBeLessThan(0.8 * other.record(() => separate.train()).dispatches);
  });

  it('training keeps its bits, in fewer dispatches', async () => {
    const train = async (device: Device) => {
      const runtime = new Runtime(device);
      const net = new SmallNet(runtime);
      const recording = runtime.record(() => net.train());
      for (let step = 1; step < 6; step++) recording.replay();
      const { dispatches } = recording;
      return { dispatches, bits: await net.bits() };
    };
    const [joined, separate] = [await train(joining), await train(plain)];
    expect(joined.bits).toBe(separate.bits);
    expect(joined.dispatches).toBeLessThan(0.8 * separate.dispatches);
  });
});
