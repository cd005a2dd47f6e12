import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceInfo } from '../../src/device/device.ts';
import { openRuntime } from '../../src/open.ts';
import { readTileFile, rememberedTiles, tileFile, tileKey, writeTiles } from '../../src/tiles/file.ts';
import type { DeviceTiles } from '../../src/tiles/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-tiles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());
let count = 0;
let path = '';
beforeEach(() => {
  path = join(folder, `${count++}`, 'tiles.json');
  vi.stubEnv('GLASSBOX_TILES', path);
});

const gpu: DeviceInfo = { kind: 'webgpu', adapter: 'Driver 1.2', identity: 'maker, chip', hardware: true };
const tiles: DeviceTiles = {
  measured: '2026-11-25',
  allowDifferentBits: false,
  kernels: [
    {
      kernel: 'matmul',
      shapes: '[4,4]',
      text: 'a',
      tile: { rows: 2, columns4: 1 },
      chosenText: 'b',
      sameBits: true,
      ms: 1,
      defaultMs: 2,
    },
  ],
};

describe('the file of measured tiles', () => {
  it('keeps each device apart, and every other device when one is written', async () => {
    await writeTiles(path, tileKey(gpu), tiles);
    const newer = { ...gpu, adapter: 'Driver 1.3' };
    expect(rememberedTiles(gpu).table?.size).toBe(1);
    expect(rememberedTiles(newer)).toEqual({ problem: undefined, table: undefined });
    await writeTiles(path, tileKey(newer), { ...tiles, allowDifferentBits: true });
    expect(readTileFile(path).devices).toEqual({
      [tileKey(gpu)]: tiles,
      [tileKey(newer)]: { ...tiles, allowDifferentBits: true },
    });
    expect(readdirSync(join(path, '..'))).toEqual(['tiles.json']);
  });

  it('lies where GLASSBOX_TILES says, or in the cache folder, or nowhere', () => {
    expect(tileFile()).toBe(path);
    vi.stubEnv('GLASSBOX_TILES', '');
    expect(tileFile()).toMatch(/glassbox.tiles\.json$/);
    vi.stubEnv('GLASSBOX_TILES', 'none');
    expect(tileFile()).toBeUndefined();
    expect(rememberedTiles(gpu)).toEqual({});
  });

  it('is ignored, and said to be, when damaged or foreign', async () => {
    await writeTiles(path, tileKey(gpu), tiles);
    const whole = readFileSync(path, 'utf8');
    const foreign = ['', 'null', '[]', '{}', '{"version":3,"devices":{}}', '{"version":2,"devices":[]}'];
    const damaged = [
      whole.slice(0, -9),
      whole.replace('"rows": 2', '"rows": 2.5'),
      whole.replace('true', '1'),
    ];
    for (const text of [...foreign, ...damaged]) {
      writeFileSync(path, text);
      const { table, problem } = rememberedTiles(gpu);
      expect(table).toBeUndefined();
      expect(problem).toMatch(/no file of tiles, or a damaged one.*delete it/);
      expect(problem).not.toContain('\n');
      await expect(writeTiles(path, tileKey(gpu), tiles)).rejects.toThrow(/damaged/);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });

  it('is ignored, said to be, and replaced by the next measurement when of an earlier version', async () => {
    await writeTiles(path, tileKey(gpu), tiles);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version": 2', '"version": 1'));
    const { table, problem } = rememberedTiles(gpu);
    expect(table).toBeUndefined();
    expect(problem).toMatch(/of an earlier version.*not used; measure again with npm run tune$/);
    await writeTiles(path, tileKey(gpu), tiles);
    expect(readTileFile(path)).toEqual({ devices: { [tileKey(gpu)]: tiles } });
  });

  it('never throws, whatever JSON lies there', async () => {
    await writeTiles(path, tileKey(gpu), tiles);
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ version: fc.constantFrom(1, 2), devices: fc.jsonValue() })),
        (value) => {
          writeFileSync(path, JSON.stringify(value));
          expect(rememberedTiles(gpu).table).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says why it cannot be written', async () => {
    await writeTiles(path, tileKey(gpu), tiles);
    const below = join(path, 'tiles.json');
    await expect(writeTiles(below, tileKey(gpu), tiles)).rejects.toThrow(/tiles\.json.*\(E[A-Z]+\)/);
  });

  it('is read when a runtime is opened, unless the default tiles are asked for', async () => {
    const opened = await openRuntime({ device: 'wasm', threads: 1 });
    const { info } = opened.device;
    expect(opened.tiles).toBeUndefined();
    await opened.destroy();
    await writeTiles(path, tileKey(info), tiles);
    const tuned = await openRuntime({ device: 'wasm', threads: 1 });
    expect(tuned.tiles).toBeDefined();
    await tuned.destroy();
    const plain = await openRuntime({ device: 'wasm', threads: 1, tiles: 'default' });
    expect(plain.tiles).toBeUndefined();
    await plain.destroy();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    writeFileSync(path, 'not JSON');
    const ignoring = await openRuntime({ device: 'wasm', threads: 1 });
    expect(ignoring.tiles).toBeUndefined();
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    await ignoring.destroy();
  });
});
