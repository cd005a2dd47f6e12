import { type AdapterChoice, findAdapter, openWebGpu } from './device/dawn.ts';
import type { Device } from './device/device.ts';
import { WasmDevice } from './device/wasm.ts';
import { Runtime } from './runtime/runtime.ts';

export type DeviceChoice = 'auto' | 'webgpu' | 'wasm';

export interface OpenOptions {
  /** `auto`: a GPU if there is one, else `wasm`. */
  readonly device?: DeviceChoice;
  /** Which WebGPU adapter; a software adapter is used only when asked for. */
  readonly adapter?: AdapterChoice;
  /** Threads of the `wasm` device; the cores there are unless given. */
  readonly threads?: number;
}

/** Opens a device. @throws DeviceError if there is none of that kind. */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  const { device = 'auto', adapter = 'auto', threads } = options;
  if (device === 'webgpu' || adapter !== 'auto') return openWebGpu(adapter);
  if (device === 'auto' && (await findAdapter('hardware'))) return openWebGpu('hardware');
  return WasmDevice.open({ threads });
}

/** Opens a device and puts a runtime on it. */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  return new Runtime(await openDevice(options));
}
