import {
  type Conv2dSpec,
  conv2dForward,
  conv2dWeightGradient,
  type KernelPlan,
  type Machine,
  machines,
  type Tunable,
  tunedMachine,
} from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { WasmDevice } from '../../src/device/wasm/wasm-device.ts';
import { Runtime } from '../../src/index.ts';
import { conv2d } from '../../src/ops/index.ts';
import { imageTensor, tensor } from '../../src/tensor.ts';
import { planHash, type RememberedTile, TileTable } from '../../src/tiles/table.ts';

const spec: Conv2dSpec = {
  batch: 2,
  inChannels: 8,
  height: 6,
  width: 6,
  outChannels: 16,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
};
const usual: Machine = machines.cpu;

function tunableOf(build: (machine: Machine) => unknown): Tunable {
  let found: Tunable | undefined;
  build(
    tunedMachine(usual, (tunable) => {
      found = tunable;
      return undefined;
    }),
  );
  return found!;
}

const forward = tunableOf((machine) => conv2dForward(spec, {}, machine));
const weightGradient = tunableOf((machine) => conv2dWeightGradient(spec, machine));

/** What a measurement would remember of the n-th candidate that has the default's bits, or has not. */
function entryOf(tunable: Tunable, sameBits: boolean, n = 0): RememberedTile {
  const { tile } = tunable.candidates().filter((one) => one.sameBits === sameBits)[n];
  return {
    kernel: tunable.kernel,
    shapes: '',
    text: planHash(tunable.build()),
    tile,
    chosenText: planHash(tunable.build(tile)),
    sameBits,
    ms: 1,
    defaultMs: 2,
  };
}

const table = (kernels: readonly RememberedTile[], allowDifferentBits = false) =>
  new TileTable({ measured: '2026-11-25', allowDifferentBits, kernels });

describe('a table of measured tiles', () => {
  it('gives the tile for the very kernel that was measured', () => {
    const entry = entryOf(forward, true);
    const measured = table([entry]);
    expect(measured.inUse()).toBeUndefined();
    expect(measured.choose(forward)).toEqual(entry.tile);
    expect(measured.choose(weightGradient)).toBeUndefined();
    const other = tunableOf((machine) => conv2dForward({ ...spec, batch: 3 }, {}, machine));
    expect(measured.choose(other)).toBeUndefined();
    expect(measured.inUse()).toEqual({ count: 1, differentBits: 0, hash: measured.hash });
  });

  it('refuses tiles with other bits unless they were asked for', () => {
    const entry = entryOf(weightGradient, false);
    expect(table([entry]).choose(weightGradient)).toBeUndefined();
    const asked = table([entry], true);
    expect(asked.choose(weightGradient)).toEqual(entry.tile);
    expect(asked.inUse()).toMatchObject({ count: 1, differentBits: 1 });
    // What a file claims does not count: the kernel's own short list says that the order of summation changes.
    expect(table([{ ...entry, sameBits: true }]).choose(weightGradient)).toBeUndefined();
    // And where a device computed other bits all the same, they are other bits.
    const driver = { ...entryOf(forward, true), sameBits: false };
    expect(table([driver]).choose(forward)).toBeUndefined();
    expect(table([driver], true).choose(forward)).toEqual(driver.tile);
  });

  it('forgets what does not fit the kernels any more', () => {
    const entry = entryOf(forward, true);
    const stale: RememberedTile[] = [
      { ...entry, text: 'another text' },
      { ...entry, chosenText: 'another text' },
      { ...entry, tile: { pixels: 1_000_000, channels4: 1 } },
      { ...entry, tile: {} },
    ];
    for (const one of stale) expect(table([one], true).choose(forward)).toBeUndefined();
    expect(table(stale).size).toBe(1);
  });

  it('has a hash of its choices, whatever their order and speed', () => {
    const [a, b] = [entryOf(forward, true), entryOf(weightGradient, true)];
    expect(table([a, b]).hash).toBe(table([{ ...b, ms: 7 }, a]).hash);
    expect(table([a, b]).hash).not.toBe(table([a]).hash);
    expect(table([a]).hash).not.toBe(table([entryOf(forward, true, 1)]).hash);
    expect(table([a]).hash).not.toBe(table([a], true).hash);
  });
});

describe('a runtime with measured tiles', () => {
  it('builds its kernels with them, and gives the same bits', async () => {
    const device = await WasmDevice.open({ threads: 1 });
    const entry = entryOf(forward, true);
    const tiles = table([entry]);
    const bits = async (runtime: Runtime) => {
      const data = (count: number) => Float32Array.from({ length: count }, (_, n) => Math.sin(n));
      const x = imageTensor(runtime, data(2 * 8 * 36), [2, 8, 6, 6]);
      const weight = tensor(runtime, data(16 * 8 * 9), [16, 8, 3, 3]);
      return conv2d(x, weight, null, { padding: 1 }).array();
    };
    const plain = new Runtime(device);
    const tuned = new Runtime(device, { tiles });
    expect(await bits(tuned)).toEqual(await bits(plain));
    expect(plain.tiles).toBeUndefined();
    expect(tuned.tiles?.inUse()).toEqual({ count: 1, differentBits: 0, hash: tiles.hash });
    const built: KernelPlan = forward.build(entry.tile);
    expect(built.kernels[0].wgsl).not.toBe(forward.build().kernels[0].wgsl);
    await device.destroy();
  });
});
