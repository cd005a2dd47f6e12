/** Where measured tiles are kept between runs: one JSON file for each user. Node only. */
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import type { DeviceInfo } from '../device/device.ts';
import { type DeviceTiles, type RememberedTile, TileTable } from './table.ts';

/** Files of version 1 name forms of convolutions by numbers that are 0 or 1, and their kernels have other texts now. */
const version = 2;

/** The file's content. */
interface TileFile {
  readonly about: string;
  readonly version: typeof version;
  /** By `tileKey`. */
  readonly devices: Readonly<Record<string, DeviceTiles>>;
}

const about =
  'Tiles that were the fastest on this machine, by device; measured by `npm run tune`. Delete the file, ' +
  'or a part of it, to forget them.';

/** What a file says, or why it says nothing. */
export interface TileFileReading {
  readonly devices: Readonly<Record<string, DeviceTiles>>;
  /** One line for the user if there is a file that cannot be used. */
  readonly problem?: string;
  /** True if the file is sound but of an earlier version: a new measurement may replace it. */
  readonly outdated?: boolean;
}

/**
 * The file: `$GLASSBOX_TILES`, or `glassbox/tiles.json` in the user's cache folder. Undefined if `$GLASSBOX_TILES` is
 * `none`: then nothing is remembered.
 */
export function tileFile(): string | undefined {
  const wanted = process.env.GLASSBOX_TILES;
  if (wanted === 'none') return undefined;
  return wanted || join(cacheFolder(), 'glassbox', 'tiles.json');
}

function cacheFolder(): string {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/**
 * What a measurement depends on besides the kernel: the adapter and its driver, or the processor, V8 and the threads.
 */
export function tileKey({ kind, adapter, identity, threads }: DeviceInfo): string {
  const name = `${kind}: ${adapter}${identity ? ` (${identity})` : ''}`;
  if (threads === undefined) return name;
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${name}, ${threads} threads of ${processor}, V8 ${process.versions.v8}`;
}

/** Reads a file of tiles. A damaged or foreign one is reported, never trusted in part, and never an error. */
export function readTileFile(path: string): TileFileReading {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { devices: {} };
    return { devices: {}, problem: `${path} cannot be read (${code}): tiles are not measured ones` };
  }
  try {
    const content: unknown = JSON.parse(text);
    if (isTileFile(content)) return { devices: content.devices };
    if (record(content).version === 1) {
      const problem = `${path} is of an earlier version: its tiles are not used; measure again with npm run tune`;
      return { devices: {}, problem, outdated: true };
    }
  } catch {
    // Said below.
  }
  return {
    devices: {},
    problem:
      `${path} is no file of tiles, or a damaged one: tiles are not measured ones; ` +
      'delete it and measure again with npm run tune',
  };
}

/** What is remembered for a device. */
export function rememberedTiles(info: DeviceInfo): { readonly table?: TileTable; readonly problem?: string } {
  const path = tileFile();
  if (!path) return {};
  const { devices, problem } = readTileFile(path);
  const key = tileKey(info);
  const found = Object.hasOwn(devices, key) ? devices[key] : undefined;
  return { problem, table: found && found.kernels.length > 0 ? new TileTable(found) : undefined };
}

/**
 * Replaces what is remembered for one device, and keeps the others. The file is written whole or not at all.
 * @throws Error that names the file if it cannot be written.
 */
export async function writeTiles(path: string, key: string, tiles: DeviceTiles): Promise<void> {
  const { devices, problem, outdated } = readTileFile(path);
  if (problem && !outdated) throw new Error(problem);
  const content: TileFile = { about, version, devices: { ...devices, [key]: tiles } };
  try {
    mkdirSync(dirname(path), { recursive: true });
    await writeWholeFile(path, new TextEncoder().encode(`${JSON.stringify(content, null, 1)}\n`));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be written (${code}); name another file with GLASSBOX_TILES`);
  }
}

function isTileFile(value: unknown): value is TileFile {
  const { version: found, devices } = record(value);
  return found === version && isRecord(devices) && Object.values(devices).every(isDeviceTiles);
}

function isDeviceTiles(value: unknown): value is DeviceTiles {
  const { measured, allowDifferentBits, kernels } = record(value);
  return (
    typeof measured === 'string' &&
    typeof allowDifferentBits === 'boolean' &&
    Array.isArray(kernels) &&
    kernels.every(isRememberedTile)
  );
}

function isRememberedTile(value: unknown): value is RememberedTile {
  const { kernel, shapes, text, tile, chosenText, sameBits, ms, defaultMs } = record(value);
  return (
    [kernel, shapes, text, chosenText].every((one) => typeof one === 'string') &&
    [ms, defaultMs].every((one) => typeof one === 'number') &&
    typeof sameBits === 'boolean' &&
    isRecord(tile) &&
    Object.values(tile).every((one) => typeof one === 'string' || Number.isInteger(one))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
