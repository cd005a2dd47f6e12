import { anything, checkOptions, flag, type OptionTable, oneOf } from '@glassbox/options';
import { type Device, DeviceError } from './device/device.ts';
import {
  type DeviceChoice,
  type DeviceOptions,
  deviceOptionTable,
  entries,
  entryOf,
  optionsOf,
} from './device/registry.ts';
import { Runtime } from './runtime/runtime.ts';
import type { TileTable } from './tiles/table.ts';

const inNode = typeof process === 'object' && typeof process.versions?.node === 'string';

/** Which device is opened, and how it is checked. */
export interface OpenOptions extends DeviceOptions {
  /** `auto`: a GPU if there is one, else `wasm`. */
  readonly device?: DeviceChoice;
  /**
   * Look for mistakes in kernels: the `wasm` device traps accesses outside of a buffer, and before each kernel
   * padding and zero tails of its operands are checked (`RuntimeOptions.debug`). Slow. Default false.
   */
  readonly debug?: boolean;
}

/** Which device is opened, and which tiles its kernels have. */
export interface OpenRuntimeOptions extends OpenOptions {
  /**
   * Tiles measured on this device; `default` for those that every machine has. Unless given, Node takes what
   * `npm run tune` has remembered for the device, and a browser the defaults.
   */
  readonly tiles?: TileTable | 'default';
}

const deviceNames: OptionTable<OpenOptions> = {
  ...deviceOptionTable,
  device: oneOf('auto', ...entries.map(({ name }) => name)),
  debug: flag,
};
const runtimeNames: OptionTable<OpenRuntimeOptions> = { ...deviceNames, tiles: anything };

/**
 * Opens a device. Options that it does not have, but another device has, are left out.
 * @throws DeviceError if there is none of that kind.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  checkOptions('openDevice', options, deviceNames);
  const { device = 'auto' } = options;
  if (device !== 'auto') {
    const entry = entryOf(device);
    return entry.open(optionsOf(entry, options));
  }
  for (const entry of entries) {
    const chosen = await entry.auto?.(optionsOf(entry, options));
    if (chosen) return entry.open(chosen);
  }
  throw new DeviceError('No device was found on which kernels could run.');
}

/** Opens a device and puts a runtime on it. @throws DeviceError if there is none of that kind. */
export async function openRuntime(options: OpenRuntimeOptions = {}): Promise<Runtime> {
  checkOptions('openRuntime', options, runtimeNames);
  const { tiles: chosen, ...where } = options;
  const device = await openDevice(where);
  const tiles = chosen ?? (await measuredTiles(device));
  return new Runtime(device, { debug: where.debug, ...(tiles === 'default' ? {} : { tiles }) });
}

/** The tiles that were measured on this device; a file that cannot be used is reported in one line and ignored. */
export async function measuredTiles({ info }: Device): Promise<TileTable | undefined> {
  if (!inNode) return undefined;
  const { table, problem } = (await tileStore()).rememberedTiles(info);
  if (problem) console.warn(problem);
  return table;
}

/** The file of measured tiles: where it is, what is in it. In Node only. */
export function tileStore() {
  return import('./tiles/file.ts');
}
