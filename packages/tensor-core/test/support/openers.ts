import { openWebGpu } from '../../src/device/dawn.ts';
import type { Device } from '../../src/device/device.ts';
import { WasmDevice } from '../../src/device/wasm.ts';

/** For tests that break devices: each opens its own. */
export const openers: readonly { readonly name: string; readonly open: () => Promise<Device> }[] = [
  { name: 'wasm', open: () => WasmDevice.open() },
  { name: 'webgpu (software)', open: () => openWebGpu('software') },
];
