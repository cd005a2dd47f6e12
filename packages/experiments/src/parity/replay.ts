/**
 * Replays a recording on a device.
 *
 * Steps that were kept are judged, each from PyTorch's own state (`judge.ts`). A recording without kept steps holds
 * float32 alone: one step is judged by fixed limits; of several it is shown how far the trainings drift, and that is no
 * verdict: two sound implementations part where a ReLU is within rounding of 0, and go on parting.
 */
import type { HostTensor } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { compareLosses, compareStates, type Difference } from './compare.ts';
import { ParityInputError } from './errors.ts';
import type { Golden, RecordedTrajectory } from './golden.ts';
import type { ParityImages } from './images.ts';
import { judge, type StepVerdict } from './judge.ts';
import { runSteps } from './steps.ts';
import { runTrajectory, type TrajectoryOutcome } from './trajectory.ts';

/** The largest differences of one step that was recorded in float32 alone. */
export const parityLimits = { loss: 1e-3, gradient0: 1e-4, final: 2e-3, testOutput: 5e-3 } as const;

export type ParityQuantity = keyof typeof parityLimits;

/** How far a training is from a recorded one. */
export type Drift = Readonly<Record<ParityQuantity, Difference>>;

export interface ParityResult {
  /** One for each kept step. */
  readonly steps: readonly StepVerdict[];
  /** Undefined where no whole training was recorded. */
  readonly drift: Drift | undefined;
  /** False if something is wrong; undefined where nothing could be judged: several steps in float32 alone. */
  readonly pass: boolean | undefined;
  readonly seconds: number;
}

/** @throws ParityInputError if the recording does not fit the data. */
export async function replay(runtime: Runtime, golden: Golden, images: ParityImages): Promise<ParityResult> {
  const start = performance.now();
  checkAgainstData(golden, images);
  const { kept, trajectory, spec } = golden;
  const outcomes = kept.length > 0 ? await runSteps(runtime, golden, images) : [];
  const steps = outcomes.map((outcome, index) => judge(kept[index], outcome));
  const drift = trajectory
    ? compare(await runTrajectory(runtime, golden, trajectory, images), trajectory, noise(golden, trajectory))
    : undefined;
  let pass = steps.length > 0 ? steps.every((step) => step.pass) : undefined;
  if (pass === undefined && drift && spec.steps === 1) pass = quantities.every((name) => within(drift, name));
  return { steps, drift, pass, seconds: (performance.now() - start) / 1000 };
}

export const quantities = Object.keys(parityLimits) as ParityQuantity[];

export function within(drift: Drift, quantity: ParityQuantity): boolean {
  return drift[quantity].value <= parityLimits[quantity];
}

function compare(
  outcome: TrajectoryOutcome,
  recorded: RecordedTrajectory,
  noise: ReadonlyMap<string, string>,
): Drift {
  const expected: HostTensor = { dtype: 'F32', ...recorded.testOutput };
  return {
    loss: compareLosses(outcome.losses, recorded.losses),
    gradient0: compareStates(outcome.gradient0, recorded.gradient0, noise),
    final: compareStates(outcome.final, recorded.final),
    testOutput: compareStates(
      new Map([['test_output', outcome.testOutput]]),
      new Map([['test_output', expected]]),
    ),
  };
}

/**
 * Biases that batch norm follows directly, each with the weight of the same convolution. Their gradient is 0 in exact
 * arithmetic (the mean is subtracted again); what float32 leaves is compared at the scale of the weight's.
 */
function noise({ spec }: Golden, { initial }: RecordedTrajectory): Map<string, string> {
  if (spec.model !== 'medmnist-net') return new Map();
  const biases = [...initial.keys()].filter((name) => /^conv\d+\.bias$/.test(name));
  return new Map(biases.map((name) => [name, name.replace('bias', 'weight')]));
}

function checkAgainstData({ file, spec, rows, kept, trajectory }: Golden, images: ParityImages): void {
  const fail = (problem: string): never => {
    throw new ParityInputError(file, problem, `Give the data it was recorded on; ${images.file} was read.`);
  };
  const row = rows.find((value) => value >= images.trainCount);
  if (row !== undefined) fail(`asks for training image ${row}, but there are ${images.trainCount}`);
  if (trajectory) {
    const { shape } = trajectory.testOutput;
    const count = shape[0] ?? 0;
    if (count < 1 || count > images.testCount) {
      fail(`test_output is [${shape}], but there are ${images.testCount} test images`);
    }
  }
  if (spec.loss === 'cross-entropy') {
    const labels = images.labels ?? fail('was trained with labels, but there are none');
    const weights = kept[0]?.before ?? trajectory!.initial;
    const classes = (weights.get('fc.weight') ?? weights.get('fc3.weight'))?.shape[0] ?? 0;
    const label = labels.find((value) => value >= classes);
    if (label !== undefined) fail(`has ${classes} classes, but an image has the label ${label}`);
  }
  if ((spec.model === 'autoencoder') !== (spec.loss === 'mse')) {
    fail(`trains ${spec.model} with ${spec.loss}; mse is for the autoencoder, cross-entropy for the others`);
  }
}
