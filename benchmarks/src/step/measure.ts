import { type Device, measuredTiles, Runtime } from '@glassbox/tensor-core';
import type { BenchmarkCase } from '../cases.ts';
import { median, quartiles } from '../statistics.ts';
import { type Measured, measured, type Precision, timeRepeats } from '../timing.ts';
import { randomImages } from './data.ts';
import { Training } from './training.ts';

/** What one net costs on one device. Times in milliseconds. */
export interface StepResult extends Measured {
  readonly case: string;
  readonly batch: number;
  readonly device: string;
  readonly adapter: string;
  /** Threads of the wasm device; null where the device does not know. */
  readonly threads: number | null;
  /** Median over groups of steps; the queue is full, the wait for the device is shared by a group. */
  readonly trainStepMs: number;
  readonly trainStepMsQuartiles: readonly [number, number];
  /** The fastest group: what a quiet machine would do. */
  readonly minStepMs: number;
  readonly trainImgPerSec: number;
  readonly inferImgPerSec: number;
  /**
   * From building the net to its first step's loss on the host, on a device that has compiled nothing yet: initial
   * weights, WGSL texts, compiling and one step. Opening the device and uploading the data are not in it.
   */
  readonly firstStepMs: number;
  readonly dispatches: number;
  readonly inferDispatches: number;
  /** Device memory held while training, data set included. Nothing is given back in between, so it is the peak. */
  readonly peakBytes: number;
  /** Kernels built with tiles that `npm run tune` measured on this machine. */
  readonly measuredTiles: number;
}

/** Images in the data set: more than the largest batch. */
const images = 1024;

/**
 * Trains and evaluates one net on random images with recorded steps.
 * @param device A device that nothing has been compiled on: else `firstStepMs` is too small.
 * @param precision of the training figure; inference takes half the time at most
 */
export async function measureStep(
  device: Device,
  benchmark: BenchmarkCase,
  batch: number,
  precision: Precision,
): Promise<StepResult> {
  const runtime = new Runtime(device, { tiles: await measuredTiles(device) });
  const data = randomImages(runtime, images, benchmark.side);
  await device.synchronize();

  const start = performance.now();
  const training = new Training(runtime, benchmark, data, batch);
  const train = training.recordTraining();
  await train.result.item();
  const firstStepMs = performance.now() - start;
  const trainTimes = await timeRepeats(device, () => train.replay(), precision);
  const peakBytes = device.memory.bytes;

  const infer = training.recordInference();
  const inferTimes = await timeRepeats(device, () => infer.replay(), {
    ...precision,
    seconds: precision.seconds / 2,
  });

  const trainStepMs = median(trainTimes.ms);
  const { kind, adapter, threads = null } = device.info;
  const result = {
    ...measured(
      `${benchmark.name}, batch ${batch}, ${kind}${threads === null ? '' : `, ${threads} threads`}`,
      { trainStepMs: [trainTimes, 'ms'], inferStepMs: [inferTimes, 'ms'] },
      precision,
    ),
    case: benchmark.name,
    batch,
    device: kind,
    adapter,
    threads,
    trainStepMs,
    trainStepMsQuartiles: quartiles(trainTimes.ms),
    minStepMs: Math.min(...trainTimes.ms),
    trainImgPerSec: (1000 * batch) / trainStepMs,
    inferImgPerSec: (1000 * batch) / median(inferTimes.ms),
    firstStepMs,
    dispatches: train.dispatches,
    inferDispatches: infer.dispatches,
    peakBytes,
    measuredTiles: runtime.tiles?.inUse()?.count ?? 0,
  };
  train.dispose();
  infer.dispose();
  return result;
}
