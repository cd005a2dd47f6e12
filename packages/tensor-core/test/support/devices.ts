import { afterAll } from 'vitest';
import { openWebGpu } from '../../src/device/dawn.ts';
import type { Device } from '../../src/device/device.ts';
import { WasmDevice } from '../../src/device/wasm.ts';

export interface TestDevice {
  readonly name: string;
  readonly device: Device;
}

/**
 * Every device that tests run on, opened once per test file and closed after it. Use at the top of a file:
 * `const devices = await openTestDevices(); describe.each(devices)('$name', ({ device }) => …)`.
 */
export async function openTestDevices(): Promise<TestDevice[]> {
  const opened: TestDevice[] = [
    { name: 'wasm', device: await WasmDevice.open() },
    { name: 'webgpu (software)', device: await openWebGpu('software') },
  ];
  afterAll(() => Promise.all(opened.map(({ device }) => device.destroy())));
  return opened;
}
