import { type Examples, examples, gatherBatch } from '@glassbox/nn';
import { backward, noGrad, type Runtime, stepInput } from '@glassbox/tensor-core';
import type { BenchmarkCase } from './cases.ts';
import { median, quartiles } from './statistics.ts';

/** What one net costs on one device. Times in milliseconds, medians over `samples`. */
export interface StepResult {
  readonly case: string;
  readonly batch: number;
  readonly device: string;
  readonly adapter: string;
  readonly threads?: number;
  readonly trainStepMs: number;
  readonly trainStepMsQuartiles: readonly [number, number];
  readonly minStepMs: number;
  readonly trainImgPerSec: number;
  readonly inferImgPerSec: number;
  /** From the first op to the first step's loss on the host: kernels are made and compiled here. */
  readonly firstStepMs: number;
  readonly dispatches: number;
  /** Device memory held while training, data set included. */
  readonly peakBytes: number;
}

export interface StepOptions {
  /** Time to spend on each figure, in seconds. */
  readonly seconds: number;
}

const images = 1024;
const side = 28;

/** Trains and evaluates one net on random images, recorded steps as `fit` uses them. */
export async function measureStep(
  runtime: Runtime,
  benchmark: BenchmarkCase,
  batch: number,
  { seconds }: StepOptions,
): Promise<StepResult> {
  const { device } = runtime;
  const data = randomImages(runtime);
  const model = benchmark.model(runtime);
  const optimizer = benchmark.optimizer(model);
  let step = 0;
  const rows = () => {
    step++;
    return Uint32Array.from({ length: batch }, (_, n) => (step * batch + n * 7) % images);
  };
  const inputs = () => gatherBatch(data, stepInput(runtime, [batch], 'u32', rows));

  const start = performance.now();
  const train = runtime.record(() => {
    const examplesOfBatch = inputs();
    const loss = benchmark.loss(model.forward(examplesOfBatch.images), examplesOfBatch);
    backward(loss);
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  });
  await train.result.item();
  const firstStepMs = performance.now() - start;
  const trainTimes = await timeReplays(runtime, train.replay, seconds);

  model.eval();
  const infer = runtime.record(() => noGrad(() => model.forward(inputs().images)));
  const inferTimes = await timeReplays(runtime, infer.replay, seconds / 2);

  const trainStepMs = median(trainTimes);
  const result: StepResult = {
    case: benchmark.name,
    batch,
    device: device.info.kind,
    adapter: device.info.adapter,
    ...(device.info.threads === undefined ? {} : { threads: device.info.threads }),
    trainStepMs,
    trainStepMsQuartiles: quartiles(trainTimes),
    minStepMs: Math.min(...trainTimes),
    trainImgPerSec: (1000 * batch) / trainStepMs,
    inferImgPerSec: (1000 * batch) / median(inferTimes),
    firstStepMs,
    dispatches: train.dispatches,
    peakBytes: device.memory.bytes,
  };
  train.dispose();
  infer.dispose();
  return result;
}

/**
 * Milliseconds a replay, from groups of replays that end with a wait for the device; the first group warms up.
 * Groups are long enough for the wait not to matter and short enough to give a median.
 */
async function timeReplays(runtime: Runtime, replay: () => void, seconds: number): Promise<number[]> {
  const { device } = runtime;
  const group = async (count: number) => {
    const start = performance.now();
    for (let n = 0; n < count; n++) replay();
    await device.synchronize();
    return (performance.now() - start) / count;
  };
  const first = await group(2);
  const count = Math.max(1, Math.min(20, Math.round(50 / first)));
  await group(count);
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || times.length < 3) times.push(await group(count));
  return times;
}

function randomImages(runtime: Runtime): Examples {
  const bytes = Uint8Array.from({ length: images * side * side }, (_, n) => (n * 2654435761) >>> 24);
  const labels = Uint8Array.from({ length: images }, (_, n) => n % 2);
  return examples(runtime, { images: bytes, shape: [1, side, side], labels });
}
