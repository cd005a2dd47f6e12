import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TileTable, type tileStore } from '@glassbox/tensor-core';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import {
  conv2dWeightGradient,
  type Machine,
  machines,
  matmul,
  sameTile,
  type Tunable,
  tunedMachine,
} from '@glassbox/wgsl-kernels';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { measureTunable } from '../src/tune/measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-tune-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function tunableOf(build: (machine: Machine) => unknown): Tunable {
  let found: Tunable | undefined;
  build(
    tunedMachine(machines.cpu, (tunable) => {
      found = tunable;
      return undefined;
    }),
  );
  return found!;
}

describe('a measurement', () => {
  it('chooses from the short list, and other bits only if asked for', async () => {
    const device = await WasmDevice.open({ threads: 1 });
    const layer = { batch: 8, inChannels: 4, height: 6, width: 6, outChannels: 16 };
    const tunables = [
      tunableOf((machine) => matmul({ m: 8, k: 256, n: 8, bias: true }, machine)),
      tunableOf((machine) =>
        conv2dWeightGradient({ ...layer, kernel: [3, 3], stride: [1, 1], padding: [1, 1] }, machine),
      ),
    ];
    for (const tunable of tunables) {
      const list = tunable.candidates();
      for (const allowDifferentBits of [false, true]) {
        const choice = await measureTunable(device, tunable, { seconds: 0.01, allowDifferentBits });
        const offered = list.filter(({ sameBits }) => sameBits || allowDifferentBits);
        expect(choice.tried).toBe(1 + offered.length);
        expect(choice.otherBits).toEqual([]);
        expect(choice.ms).toBeGreaterThan(0);
        if (!allowDifferentBits) expect(choice.sameBits).toBe(true);
        const chosen = offered.some(({ tile }) => sameTile(tile, choice.tile));
        expect(chosen || Object.keys(choice.tile).length === 0).toBe(true);
      }
    }
    expect(device.memory.buffers).toBe(0);
    await device.destroy();
  });

  it('leaves out a tile that claims the same bits and gives others', async () => {
    const device = await WasmDevice.open({ threads: 1 });
    const honest = tunableOf((machine) => matmul({ m: 4, k: 512, n: 4 }, machine));
    const parts = honest.candidates().find(({ sameBits }) => !sameBits)!;
    const liar: Tunable = { ...honest, candidates: () => [{ ...parts, sameBits: true }] };
    const choice = await measureTunable(device, liar, { seconds: 0.01, allowDifferentBits: false });
    expect(choice).toMatchObject({ tile: {}, sameBits: true, tried: 1, otherBits: [parts.tile] });
    await device.destroy();
  });
});

describe('npm run tune', () => {
  it('writes a file that runtimes find, and measures nothing twice', async () => {
    const path = join(folder, 'tiles.json');
    vi.stubEnv('GLASSBOX_TILES', path);
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line) => printed.push(String(line)));
    vi.spyOn(console, 'error').mockImplementation((line) => printed.push(String(line)));
    const tune = (...args: string[]) =>
      main([
        'tune',
        '--case',
        'practical-net',
        '--device',
        'wasm',
        '--threads',
        '1',
        '--batch',
        '4',
        ...args,
      ]);
    await tune('--seconds', '0.001');
    const { devices } = JSON.parse(readFileSync(path, 'utf8')) as ReturnType<
      Awaited<ReturnType<typeof tileStore>>['readTileFile']
    >;
    const [key, tiles] = Object.entries(devices)[0];
    expect(key).toMatch(/^wasm: .*1 threads of .*V8/);
    expect(tiles.allowDifferentBits).toBe(false);
    expect(tiles.kernels.every(({ sameBits }) => sameBits)).toBe(true);
    expect(new Set(tiles.kernels.map(({ kernel }) => kernel))).toContain('conv2dWeightGradient');
    expect(() => new TileTable(tiles)).not.toThrow();

    printed.length = 0;
    await tune('--seconds', '0.001');
    expect(printed.join('\n')).toContain(`0 kernels to measure, ${tiles.kernels.length} remembered`);
    printed.length = 0;
    await tune('--list');
    expect(printed.join('\n')).toContain(`${tiles.kernels.length} kernels`);
    vi.stubEnv('GLASSBOX_TILES', 'none');
    await expect(tune()).rejects.toThrow(/GLASSBOX_TILES is none/);
  });
});
