import Module from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeviceError } from '../../src/device/device.ts';
import { probeDevices } from '../../src/device/probe.ts';
import { findCarrier } from '../../src/device/webgpu/swiftshader.ts';
import { openDevice } from '../../src/open.ts';

/** What Node asks where a module is. */
const resolver = Module as unknown as { _resolveFilename: (request: string, ...rest: unknown[]) => string };

/** As on a machine where the npm package is not installed. */
function withoutCarrier(): void {
  const resolve = resolver._resolveFilename;
  vi.spyOn(resolver, '_resolveFilename').mockImplementation((request, ...rest) => {
    if (request !== '@sparticuz/chromium') return resolve.call(Module, request, ...rest);
    throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

const install = /needs the npm package @sparticuz\/chromium.*`npm install --save-dev @sparticuz\/chromium`/;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the package with SwiftShader', () => {
  it('is found in this repository', async () => {
    expect(findCarrier()).toMatch(/chromium$/);
    const software = (await probeDevices()).devices.find(({ title }) => title.startsWith('SwiftShader'));
    expect(software).toMatchObject({ found: true, detail: expect.stringContaining('SwiftShader') });
  });

  it('is named, with what to do, where it is not installed', async () => {
    withoutCarrier();
    expect(findCarrier()).toBeUndefined();
    const opening = openDevice({ device: 'webgpu', adapter: 'software' });
    await expect(opening).rejects.toThrow(DeviceError);
    await expect(opening).rejects.toThrow(install);
  });

  it('is not needed for anything else', async () => {
    withoutCarrier();
    const { devices, choice } = await probeDevices();
    const software = devices.find(({ title }) => title.startsWith('SwiftShader'));
    expect(software).toMatchObject({ found: false, detail: expect.stringMatching(install) });
    expect(choice).toBeDefined();
    const device = await openDevice();
    expect(choice).toContain(device.info.kind);
    await device.destroy();
  });
});
