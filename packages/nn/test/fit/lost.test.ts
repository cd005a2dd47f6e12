import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, DeviceLostError, Runtime } from '@glassbox/tensor-core';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import { machines } from '@glassbox/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAdapter } from '../../../tensor-core/src/device/webgpu/dawn.ts';
import { WebGpuDevice } from '../../../tensor-core/src/device/webgpu/webgpu-device.ts';
import { openWasmRuntime } from '../../../wgsl-wasm/src/index.ts';
import {
  crossEntropyLoss,
  type FitOptions,
  fit,
  PracticalNet,
  readFitState,
  SGD,
  writeFitState,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';

/** A device, and what takes it away without asking it. */
interface Doomed {
  readonly device: Device;
  readonly lose: () => void;
}

async function wasm(): Promise<Doomed> {
  const runtime = await openWasmRuntime({ threads: 2 });
  const { team } = runtime as unknown as { team: { threads: { terminate(): Promise<void> }[] } };
  return { device: new WasmDevice(runtime), lose: () => void team.threads[0].terminate() };
}

async function webgpu(): Promise<Doomed> {
  const found = await findAdapter('software');
  const gpu = await found!.adapter.requestDevice();
  const info = { kind: 'webgpu', adapter: found!.report.description, hardware: false } as const;
  return { device: new WebGpuDevice(gpu, info, machines.softwareGpu), lose: () => gpu.destroy() };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-lost-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  { name: 'wasm: a worker dies', open: wasm },
  { name: 'webgpu (software): the device is destroyed', open: webgpu },
])('a training whose device is lost, $name', ({ name, open }) => {
  it('ends with an error that says so, and goes on from its checkpoint on another to the same bits', async () => {
    const file = join(folder, `${name.slice(0, 4)}.safetensors`);
    const make = async (lose?: (runtime: Doomed) => FitOptions['progress']) => {
      const doomed = await open();
      const runtime = new Runtime(doomed.device);
      const net = new PracticalNet(runtime, { widths: [3], imageSize: 8 });
      const options: FitOptions = {
        train: brightHalves(runtime, 24),
        loss: crossEntropyLoss(),
        optimizer: new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
        epochs: 4,
        batchSize: 8,
        seed: 2,
        restoreBest: false,
      };
      return { runtime, net, options: { ...options, progress: lose?.(doomed) } };
    };
    const whole = await make();
    const expected = await fit(whole.net, whole.options);
    const bits = await whole.net.stateDict();
    await whole.runtime.destroy();

    const first = await make((doomed) => ({ epoch, step }) => {
      if (epoch === 3 && step === 2) doomed.lose();
    });
    const error = await fit(first.net, {
      ...first.options,
      checkpoint: (state) => writeFitState(file, state),
      // A worker's death is known once the event loop has turned.
      onEpoch: () => new Promise((resolve) => setTimeout(resolve, 100)),
    }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as Error).message).toMatch(
      /The device was lost \(.+\)\. Open a new one with openRuntime\(\) and load the last checkpoint\./,
    );
    await first.runtime.destroy();

    const second = await make();
    const state = await readFitState(file);
    expect([2, 3]).toContain(state.epoch);
    const resumed = await fit(second.net, { ...second.options, resume: state });
    expect(resumed.history.map(({ trainLoss }) => trainLoss)).toEqual(
      expected.history.map(({ trainLoss }) => trainLoss),
    );
    expect(await second.net.stateDict()).toEqual(bits);
    await second.runtime.destroy();
  });
});
