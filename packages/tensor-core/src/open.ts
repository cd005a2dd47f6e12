import { type AdapterChoice, openWebGpu } from './device/dawn.ts';
import type { Device } from './device/device.ts';
import { Runtime } from './runtime/runtime.ts';

export type DeviceChoice = 'auto' | 'webgpu';

export interface OpenOptions {
  readonly device?: DeviceChoice;
  readonly adapter?: AdapterChoice;
}

/** Opens a device: `auto` takes a GPU if there is one, else the software adapter. */
export function openDevice({ adapter = 'auto' }: OpenOptions = {}): Promise<Device> {
  return openWebGpu(adapter);
}

/** Opens a device and puts a runtime on it. */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  return new Runtime(await openDevice(options));
}
