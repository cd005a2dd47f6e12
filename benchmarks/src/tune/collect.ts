import { type Device, planHash, Runtime } from '@glassbox/tensor-core';
import { type Machine, type Tunable, tunedMachine } from '@glassbox/wgsl-kernels';
import type { BenchmarkCase } from '../cases.ts';
import { randomImages } from '../step/data.ts';
import { Training } from '../step/training.ts';
import { IdleDevice } from './idle-device.ts';

/** The distinct kernels of a net's training step and inference whose tile may be chosen. Nothing runs. */
export function tunablesOf(
  device: Pick<Device, 'info' | 'machine'>,
  benchmark: BenchmarkCase,
  batch: number,
): Tunable[] {
  const found = new Map<string, Tunable>();
  const choose = (tunable: Tunable): undefined => {
    found.set(tunableKey(tunable), tunable);
  };
  const tiles = { tuned: (machine: Machine) => tunedMachine(machine, choose), inUse: () => undefined };
  const runtime = new Runtime(new IdleDevice(device), { tiles });
  const training = new Training(
    runtime,
    benchmark,
    randomImages(runtime, Math.max(256, batch), benchmark.side),
    batch,
  );
  training.recordTraining().dispose();
  training.recordInference().dispose();
  return [...found.values()];
}

/** Names a kernel at one shape. */
export function tunableKey(tunable: Tunable): string {
  return `${tunable.kernel} ${planHash(tunable.build())}`;
}
