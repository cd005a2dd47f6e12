import { type DeviceChoice, openDevice } from '../../src/index.ts';
import { fitted, trainingLosses } from '../support/training.ts';

/** What a browser is asked to do. */
export interface Order {
  readonly device: DeviceChoice;
  readonly threads?: number;
  /** Steps to train: at least 2. */
  readonly steps?: number;
  /** Train by `fit`, with validation, and predict. */
  readonly fit?: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly kind: string;
  readonly adapter: string;
  readonly threads?: number;
  readonly isolated: boolean;
}

export async function trainOn({ device: kind, threads, steps, fit }: Order): Promise<Outcome> {
  const device = await openDevice({ device: kind, threads });
  const losses = await (fit ? fitted(device) : trainingLosses(device, steps));
  const { info } = device;
  await device.destroy();
  return {
    losses,
    kind: info.kind,
    adapter: info.adapter,
    threads: info.threads,
    isolated: globalThis.crossOriginIsolated,
  };
}
