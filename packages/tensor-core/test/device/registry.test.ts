import { UsageError } from '@glassbox/host/command-line';
import { describe, expect, it } from 'vitest';
import { chosenDevice, deviceFlags, deviceHelp, deviceOf } from '../../src/device/command-line.ts';
import { probeDevices } from '../../src/device/probe.ts';
import { entries } from '../../src/device/registry.ts';
import { openDevice } from '../../src/open.ts';
import { openers } from '../support/openers.ts';

describe('the list of devices', () => {
  it('has each name once, and each option in one device', () => {
    const names = entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const options = entries.flatMap((entry) => Object.keys(entry.options));
    expect(new Set(options).size).toBe(options.length);
  });

  it.each(openers)('opens $name by name, and its device says so', async ({ name, open }) => {
    const device = await open();
    expect(name.startsWith(device.info.kind)).toBe(true);
    await device.destroy();
  });

  it('opens the device that is named, whatever the options of others are', async () => {
    const device = await openDevice({ device: 'wasm', adapter: 'software', threads: 1 });
    expect(device.info).toMatchObject({ kind: 'wasm', threads: 1 });
    await device.destroy();
  });

  it('is what doctor looks through, and none that computes nothing is chosen by itself', async () => {
    const { devices, choice } = await probeDevices();
    expect([...new Set(devices.map(({ kind }) => kind))]).toEqual(entries.map(({ name }) => name));
    const computing = entries.filter(({ computes }) => computes).map(({ name }) => name);
    expect(computing.some((name) => choice?.startsWith(name))).toBe(true);
    for (const { computes, auto } of entries) expect(auto !== undefined).toBe(computes);
  });
});

describe('options of command lines', () => {
  const computing = entries.filter(({ computes }) => computes);

  it('offer devices that compute, with their options and help', () => {
    expect(deviceFlags.device.value).toBe(['auto', ...computing.map(({ name }) => name)].join('|'));
    const flags = computing.flatMap((entry) => Object.keys(entry.flags));
    expect(Object.keys(deviceFlags)).toEqual(['device', ...flags]);
    const lines = deviceHelp(40, 'where it runs').split('\n');
    expect(lines[0]).toMatch(/^ {2}--device auto\|.* where it runs$/);
    expect(lines.length).toBe(1 + flags.length);
  });

  it('are read into options of openDevice', () => {
    expect(chosenDevice({})).toEqual({ device: 'auto' });
    expect(chosenDevice({}, 'wasm')).toEqual({ device: 'wasm' });
    expect(chosenDevice({ threads: '2', json: true } as never)).toEqual({ device: 'auto', threads: 2 });
    expect(chosenDevice({ device: 'webgpu', adapter: 'software' })).toEqual({
      device: 'webgpu',
      adapter: 'software',
    });
    expect(deviceOf({ device: 'wasm', threads: 3, budget: 'quick' } as never)).toEqual({
      device: 'wasm',
      threads: 3,
      // What commands ask for unless they are told otherwise.
      wide: true,
    });
    expect(chosenDevice({ wide: 'off' })).toEqual({ device: 'auto', wide: false });
    expect(deviceOf(chosenDevice({ wide: 'off' })).wide).toBe(false);
    expect(deviceOf(chosenDevice({ wide: 'on' })).wide).toBe(true);
  });

  it.each([
    [{ device: 'null' }, /--device null: expected auto \| /],
    [{ adapter: 'cuda' }, /--adapter cuda: expected auto \| hardware \| software/],
    [{ wide: 'true' }, /--wide true: expected on \| off/],
    [{ threads: '0' }, /--threads 0: expected a whole number from 1 to 64/],
    [{ device: 'wasm', adapter: 'software' }, /--adapter is for --device webgpu, not for wasm/],
    [{ device: 'webgpu', threads: '2' }, /--threads is for --device wasm, not for webgpu/],
  ] as const)('refuse %j', (values, message) => {
    expect(() => chosenDevice(values)).toThrow(UsageError);
    expect(() => chosenDevice(values)).toThrow(message);
  });

  it('take the word auto for every device: it asks for nothing', () => {
    expect(chosenDevice({ device: 'wasm', adapter: 'auto' })).toEqual({ device: 'wasm', adapter: 'auto' });
  });
});
