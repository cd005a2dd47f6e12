import { afterAll } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { blameFirstFailure } from './failed.ts';
import { openers } from './openers.ts';

export interface TestDevice {
  readonly name: string;
  readonly device: Device;
}

/**
 * Every device that computes, opened once per test file and closed after it. Use at the top of a file:
 * `const devices = await openTestDevices(); describe.each(devices)('$name', ({ device }) => …)`.
 */
export async function openTestDevices(): Promise<TestDevice[]> {
  const opened: TestDevice[] = [];
  for (const { name, computes, open } of openers) if (computes) opened.push({ name, device: await open() });
  blameFirstFailure(opened);
  afterAll(() => Promise.all(opened.map(({ device }) => device.destroy())));
  return opened;
}
