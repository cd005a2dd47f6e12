import { examples, gatherBatch, type HostTensor, type StateDict } from '@glassbox/nn';
import { noGrad, type Runtime, stepInput } from '@glassbox/tensor-core';
import type { Golden, RecordedTrajectory } from './golden.ts';
import type { ParityImages } from './images.ts';
import { Training } from './training.ts';

/** What a training run leaves to compare. */
export interface TrajectoryOutcome {
  readonly losses: readonly number[];
  readonly gradient0: StateDict;
  readonly final: StateDict;
  readonly testOutput: HostTensor;
}

/**
 * Trains as recorded, from the recorded weights on the recorded batches. The first step runs as it is, so that its
 * gradients can be read; the second is recorded and replayed for all others.
 */
export async function runTrajectory(
  runtime: Runtime,
  golden: Golden,
  { initial, testOutput }: RecordedTrajectory,
  images: ParityImages,
): Promise<TrajectoryOutcome> {
  const { steps, batch } = golden.spec;
  const training = new Training(runtime, golden, initial, images);
  const rowsOf = (step: number) => golden.rows.subarray(step * batch, (step + 1) * batch);
  try {
    training.model.train();
    training.rows = rowsOf(0);
    const losses = [await runtime.step(() => training.pass()).item()];
    const gradient0 = await training.gradients();
    runtime.step(() => training.update());
    for (let step = 1; step < steps; step++) {
      training.rows = rowsOf(step);
      losses.push(await training.replay().item());
    }
    const final = await training.model.stateDict();
    return { losses, gradient0, final, testOutput: await outputs(training, images, testOutput.shape[0]) };
  } finally {
    training.dispose();
  }
}

/** The output in evaluation mode for the first test images. */
async function outputs(
  { runtime, model }: Training,
  { test, shape }: ParityImages,
  count: number,
): Promise<HostTensor> {
  const set = examples(runtime, { images: test, shape });
  const first = Uint32Array.from({ length: count }, (_, row) => row);
  model.eval();
  const output = runtime.step(() =>
    noGrad(() =>
      model.forward(
        gatherBatch(
          set,
          stepInput(runtime, [count], 'u32', () => first),
        ).images,
      ),
    ),
  );
  return { dtype: 'F32', shape: output.shape, data: (await output.array()) as Float32Array };
}
