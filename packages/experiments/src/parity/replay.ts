/**
 * Replays a recorded trajectory and measures how far it is from the recording.
 *
 * Two things would make a sound replay look wrong, and are treated here:
 *
 * - A bias in front of batch norm has gradient 0 in exact arithmetic (the mean is subtracted again). What float32
 *   leaves is rounding noise on both sides, so it is compared at the scale of its convolution's weight gradient.
 * - Where the input of a ReLU is within rounding of 0, its gradient is 0 or 1 by chance, and the training goes on along
 *   one of two paths. PyTorch itself takes one or the other depending on the build (with or without oneDNN) and the
 *   processor. A replay that misses a limit is therefore repeated from weights moved by at most one unit in the last
 *   place, some times. That changes nothing but such decisions: a wrong kernel stays wrong. The result says when it
 *   was needed, and what the first replay gave (`raw`).
 */

import { type HostTensor, RandomStream, type StateDict } from '@glassbox/nn';
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import type { Runtime } from '@glassbox/tensor-core';
import { compareLosses, compareStates, type Difference } from './compare.ts';
import { ParityInputError } from './errors.ts';
import type { Golden } from './golden.ts';
import type { ParityImages } from './images.ts';
import { Trajectory, type TrajectoryOutcome } from './trajectory.ts';

/** The largest differences that count as matching PyTorch. */
export const parityLimits = { loss: 1e-3, gradient0: 1e-4, final: 2e-3, testOutput: 5e-3 } as const;

export type ParityQuantity = keyof typeof parityLimits;

export type Differences = Readonly<Record<ParityQuantity, Difference>>;

/** How far a replay is from the recording. */
export interface ParityResult {
  /** Of the closest replay; `gradient0` with biases in front of batch norm at the scale of their weights. */
  readonly differences: Differences;
  /** Of the first replay, from exactly the recorded weights, every tensor at its own scale. */
  readonly raw: Differences;
  /** Further replays from perturbed weights: of the first step, and of the whole training. */
  readonly retries: { readonly gradient0: number; readonly training: number };
  /** True if every difference is within its limit. */
  readonly pass: boolean;
  readonly seconds: number;
}

export interface ReplayOptions {
  /** The most further replays of the whole training. Default 24. */
  readonly retries?: number;
}

const optionNames: OptionTable<ReplayOptions> = { retries: whole(0) };

/**
 * Trains the recorded net from the recorded weights on the recorded batches and compares what comes out.
 * @throws ParityInputError if the trajectory does not fit the data.
 */
export async function replay(
  runtime: Runtime,
  golden: Golden,
  images: ParityImages,
  options: ReplayOptions = {},
): Promise<ParityResult> {
  checkOptions('replay', options, optionNames);
  const { retries: most = 24 } = options;
  const start = performance.now();
  checkAgainstData(golden, images);
  const noise = biasesBeforeBatchNorm(golden);
  const trajectory = new Trajectory(runtime, golden, images);
  try {
    const outcome = await trajectory.run(golden.initial);
    const raw = compare(outcome, golden);
    let differences: Differences = compare(outcome, golden, noise);
    const retries = { gradient0: 0, training: 0 };
    while (!within(differences, ['gradient0']) && retries.gradient0 < most) {
      const gradient0 = await trajectory.gradient0(perturbed(golden.initial, ++retries.gradient0));
      const difference = compareStates(gradient0, golden.gradient0, noise);
      if (difference.value < differences.gradient0.value)
        differences = { ...differences, gradient0: difference };
    }
    while (!within(differences, ['loss', 'final', 'testOutput']) && retries.training < most) {
      const again = compare(
        await trajectory.run(perturbed(golden.initial, ++retries.training)),
        golden,
        noise,
      );
      if (distance(again) < distance(differences))
        differences = { ...again, gradient0: differences.gradient0 };
    }
    const pass = within(differences, Object.keys(parityLimits) as ParityQuantity[]);
    return { differences, raw, retries, pass, seconds: (performance.now() - start) / 1000 };
  } finally {
    trajectory.dispose();
  }
}

function compare(
  outcome: TrajectoryOutcome,
  golden: Golden,
  noise?: ReadonlyMap<string, string>,
): Differences {
  const expected: HostTensor = { dtype: 'F32', ...golden.testOutput };
  return {
    loss: compareLosses(outcome.losses, golden.losses),
    gradient0: compareStates(outcome.gradient0, golden.gradient0, noise),
    final: compareStates(outcome.final, golden.final),
    testOutput: compareStates(
      new Map([['test_output', outcome.testOutput]]),
      new Map([['test_output', expected]]),
    ),
  };
}

function within(differences: Differences, quantities: readonly ParityQuantity[]): boolean {
  return quantities.every((name) => differences[name].value <= parityLimits[name]);
}

/** How far a training is from the recording, in units of the limits. */
function distance({ loss, final, testOutput }: Differences): number {
  return Math.max(
    loss.value / parityLimits.loss,
    final.value / parityLimits.final,
    testOutput.value / parityLimits.testOutput,
  );
}

/** Biases that batch norm follows directly, each with the weight of the same convolution. */
function biasesBeforeBatchNorm({ spec, initial }: Golden): Map<string, string> {
  if (spec.model !== 'medmnist-net') return new Map();
  const biases = [...initial.keys()].filter((name) => /^conv\d+\.bias$/.test(name));
  return new Map(biases.map((name) => [name, name.replace('bias', 'weight')]));
}

/** The same weights, each moved by -1, 0 or 1 unit in the last place. */
export function perturbed(state: StateDict, attempt: number): StateDict {
  const random = new RandomStream(attempt, 0);
  const move = (value: number) => Math.fround(value * (1 + (random.below(3) - 1) * 2 ** -24));
  return new Map(
    [...state].map(([name, tensor]) => [
      name,
      tensor.dtype === 'F32' ? { ...tensor, data: (tensor.data as Float32Array).map(move) } : tensor,
    ]),
  );
}

function checkAgainstData({ file, spec, rows, initial, testOutput }: Golden, images: ParityImages): void {
  const fail = (problem: string): never => {
    throw new ParityInputError(file, problem, `Give the data it was recorded on; ${images.file} was read.`);
  };
  const row = rows.find((value) => value >= images.trainCount);
  if (row !== undefined) fail(`asks for training image ${row}, but there are ${images.trainCount}`);
  const count = testOutput.shape[0] ?? 0;
  if (count < 1 || count > images.testCount) {
    fail(`test_output is [${testOutput.shape}], but there are ${images.testCount} test images`);
  }
  if (spec.loss === 'cross-entropy') {
    const labels = images.labels ?? fail('was trained with labels, but there are none');
    const head = initial.get('fc.weight') ?? initial.get('fc3.weight');
    const classes = head?.shape[0] ?? 0;
    const label = labels.find((value) => value >= classes);
    if (label !== undefined) fail(`has ${classes} classes, but an image has the label ${label}`);
  }
  if ((spec.model === 'autoencoder') !== (spec.loss === 'mse')) {
    fail(`trains ${spec.model} with ${spec.loss}; mse is for the autoencoder, cross-entropy for the others`);
  }
}
