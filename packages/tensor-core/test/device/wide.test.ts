/** 256-bit vectors of the `wasm` device: who asks, who overrules, and what the device says of itself. */
import { machines } from '@glassbox/wgsl-kernels';
import { afterEach, describe, expect, it } from 'vitest';
import { WasmDevice } from '../../src/device/devices.ts';
import { DeviceError, matmul, openDevice, openRuntime, probeDevices, tensor } from '../../src/index.ts';

const before = process.env.GLASSBOX_WIDE;

function environment(value: string | undefined): void {
  if (value === undefined) delete process.env.GLASSBOX_WIDE;
  else process.env.GLASSBOX_WIDE = value;
}

async function open(options: { wide?: boolean }) {
  const device = (await openDevice({ device: 'wasm', threads: 1, ...options })) as WasmDevice;
  const { info, machine, wide } = device;
  await device.destroy();
  return { info, machine, wide };
}

describe('wide', () => {
  afterEach(() => environment(before));

  it('is off unless asked for, and GLASSBOX_WIDE=off overrules who asks', async () => {
    environment(undefined);
    expect((await open({})).info.vectorBits).toBe(128);
    environment('off');
    const { info, machine, wide } = await open({ wide: true });
    expect(info.vectorBits).toBe(128);
    expect(info.adapter).not.toMatch(/256/);
    expect(machine).toEqual(machines.cpu);
    expect(wide).toEqual({ vectorBits: 128 });
  });

  it('is asked for by an option or by GLASSBOX_WIDE=on, and device, kernels and doctor know it', async () => {
    environment(undefined);
    const asked = await open({ wide: true });
    environment('on');
    expect(await open({})).toEqual(asked);
    const { info, machine, wide } = asked;
    expect(info.vectorBits).toBe(wide.vectorBits);
    expect(/in 256 bits/.test(info.adapter)).toBe(wide.vectorBits === 256);
    expect(machine).toEqual(wide.vectorBits === 256 ? machines.wideCpu : machines.cpu);
    const { detail } = (await probeDevices()).devices.find(({ kind }) => kind === 'wasm')!;
    expect(detail).toMatch(wide.reason ? `not in 256 bits: ${wide.reason}` : /in 256 bits/);
  });

  it('computes the same bits', async () => {
    const sums: number[][] = [];
    for (const wide of ['off', 'on']) {
      environment(wide);
      const runtime = await openRuntime({ device: 'wasm', threads: 2 });
      const numbers = (seed: number) => Array.from({ length: 64 * 96 }, (_, i) => Math.sin(i * seed));
      const product = matmul(
        tensor(runtime, numbers(1.3), [64, 96]),
        tensor(runtime, numbers(0.7), [96, 64]),
      );
      sums.push(Array.from(await product.array()));
      await runtime.destroy();
    }
    expect(sums[1]).toEqual(sums[0]);
  });

  it('takes on and off', async () => {
    environment('yes');
    await expect(WasmDevice.open()).rejects.toThrow(DeviceError);
    await expect(WasmDevice.open()).rejects.toThrow('GLASSBOX_WIDE=yes: expected on or off');
  });
});
