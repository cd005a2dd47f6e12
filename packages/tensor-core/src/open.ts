import { anything, checkOptions, flag, type OptionTable, oneOf, positive, whole } from '@glassbox/options';
import { type AdapterChoice, findAdapter, openWebGpu } from './device/dawn.ts';
import type { Device } from './device/device.ts';
import { WasmDevice } from './device/wasm.ts';
import { Runtime } from './runtime/runtime.ts';
import type { TileTable } from './tiles/table.ts';

const inNode = typeof process === 'object' && typeof process.versions?.node === 'string';

export type DeviceChoice = 'auto' | 'webgpu' | 'wasm';

export interface OpenOptions {
  /** `auto`: a GPU if there is one, else `wasm`. */
  readonly device?: DeviceChoice;
  /** Which WebGPU adapter; a software adapter is used only when asked for. */
  readonly adapter?: AdapterChoice;
  /** Threads of the `wasm` device; the cores there are unless given. */
  readonly threads?: number;
  /**
   * Let the `wasm` device compute with vectors of 256 bits where that is right and faster: up to twice as fast, with the
   * same bits. Sets an experimental flag of V8 for the whole process (`WasmOptions`). Default false.
   */
  readonly wide?: boolean;
  /**
   * Look for mistakes in kernels: the `wasm` device traps accesses outside of a buffer, and before each kernel
   * padding and zero tails of its operands are checked (`RuntimeOptions.debug`). Slow. Default false.
   */
  readonly debug?: boolean;
  /** How much a kernel on the `wasm` device may do in loops before it is taken to run for ever: see `WasmOptions`. */
  readonly operationLimit?: number;
}

export interface OpenRuntimeOptions extends OpenOptions {
  /**
   * Tiles measured on this device; `default` for those that every machine has. Unless given, Node takes what
   * `npm run tune` has remembered for the device, and a browser the defaults.
   */
  readonly tiles?: TileTable | 'default';
}

const deviceNames: OptionTable<OpenOptions> = {
  device: oneOf('auto', 'webgpu', 'wasm'),
  adapter: oneOf('auto', 'hardware', 'software'),
  threads: whole(1),
  wide: flag,
  debug: flag,
  operationLimit: positive,
};
const runtimeNames: OptionTable<OpenRuntimeOptions> = { ...deviceNames, tiles: anything };

/** Opens a device. @throws DeviceError if there is none of that kind. */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  checkOptions('openDevice', options, deviceNames);
  const { device = 'auto', adapter = 'auto', ...forWasm } = options;
  if (device === 'webgpu' || adapter !== 'auto') return openWebGpu(adapter);
  if (device === 'auto' && (await findAdapter('hardware'))) return openWebGpu('hardware');
  return WasmDevice.open(forWasm);
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
