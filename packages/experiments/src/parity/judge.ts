/**
 * Judges a step that started from PyTorch's own state.
 *
 * - A tensor is right if it is no further from PyTorch's float64 than `limit` times its largest value, or than a few
 *   times what PyTorch's own float32 is (`patience`): a tensor that is nothing but rounding, as the gradient of a bias
 *   in front of batch norm, is so wherever it is computed in float32.
 * - A ReLU or max-pool within rounding of going the other way changes gradients by a thousand times that. The recording
 *   holds what each such decision changes. Those that were taken the other way are found and taken into account, each
 *   as a whole, so that what else is wrong in the same step still shows.
 * - Adam makes steps of full size out of gradients that are only rounding. So the optimiser is judged on PyTorch's own
 *   gradients, where nothing is left to chance, and the weights after the whole step are shown without a verdict: they
 *   are what the optimiser, judged, makes of the gradients, judged.
 */
import type { HostTensor } from '@glassbox/nn';
import { largest, largestDistance } from './compare.ts';
import { resolveFlips } from './flips.ts';
import type { KeptStep, Part } from './kept.ts';
import type { StepOutcome } from './steps.ts';

/** The largest difference from float64 that is right in any case, relative to the tensor's largest value. */
export const limit = 1e-6;
/** How many times further from float64 than PyTorch's float32 is right. */
export const patience = 5;
/**
 * How far an optimiser's update may be from float64's in length, beyond what PyTorch's float32 is: some hyperparameters
 * rounded to float32, each by up to 6e-8 of itself.
 */
const rateLimit = 1.5e-7;

/** One tensor beside PyTorch's. */
export interface TensorVerdict {
  readonly part: Part;
  readonly name: string;
  /** Largest distance from float64. */
  readonly distance: number;
  /** The largest value in float64. */
  readonly scale: number;
  /** PyTorch's own float32's distance from float64. */
  readonly float32: number;
  readonly allowed: number;
}

export interface StepVerdict {
  readonly step: number;
  readonly tensors: readonly TensorVerdict[];
  /** Parameters after the whole step: shown, not judged (see above). */
  readonly parameters: readonly TensorVerdict[];
  /** Decisions in doubt, and how many of them were taken the other way than in float64. */
  readonly flips: { readonly inDoubt: number; readonly taken: number };
  /** What should be the same to the bit and is not. */
  readonly faults: readonly string[];
  readonly pass: boolean;
}

export function right({ distance, allowed }: TensorVerdict): boolean {
  return distance <= allowed;
}

/** True if a tensor agrees with float64 without a look at what PyTorch's float32 does. */
export function agrees({ distance, scale }: TensorVerdict): boolean {
  return distance <= limit * scale;
}

/** Compares what a device made of a step with what PyTorch made of it. */
export function judge(kept: KeptStep, { found, faults }: StepOutcome): StepVerdict {
  const float32 = (part: Part, name: string) => kept.distance.get(part)!.get(name)!;
  const allowed = (part: Part, name: string, expected: HostTensor): number =>
    Math.max(limit * largest(expected), patience * float32(part, name));
  const exact = kept.float64.get('gradient')!;
  const inGradient = new Map(
    [...exact].map(([name, expected]) => [name, allowed('gradient', name, expected)]),
  );
  const { taken, rest, uncertain } = resolveFlips(found.get('gradient'), exact, kept.flips, inGradient);
  const compare = (part: Part): TensorVerdict[] =>
    [...kept.float64.get(part)!].map(([name, expected]) => {
      const left = part === 'gradient' ? rest.get(name) : undefined;
      return {
        part,
        name,
        distance: left ? largest({ data: left }) : largestDistance(found.get(part)?.get(name), expected),
        scale: largest(expected),
        float32: float32(part, name),
        allowed: allowed(part, name, expected) + (left ? uncertain(name) : 0),
      };
    });
  const judged = [...kept.float64.keys()].filter((part) => part !== 'parameters');
  const tensors = [...judged.flatMap(compare), ...rates(kept, found)];
  return {
    step: kept.step,
    tensors,
    parameters: compare('parameters'),
    flips: { inDoubt: kept.flips.changes.length, taken },
    faults,
    pass: tensors.every(right) && faults.length === 0,
  };
}

/**
 * How much longer or shorter the optimiser's update is than PyTorch's, and its own state. What is rounding in single
 * values is of both signs and cancels along all of them: so an error of a few 1e-7 in a rate shows, which is far below
 * what single weights show.
 */
function rates(kept: KeptStep, found: StepOutcome['found']): TensorVerdict[] {
  return [...kept.rate].map(([part, float32]) => {
    const expected = kept.float64.get(part)!;
    const weights = part === 'update/parameters';
    let [along, square, noise] = [0, 0, 0];
    for (const [name, { data }] of expected) {
      const own = found.get(part)?.get(name)?.data ?? [];
      const from = weights ? kept.before.get(name)!.data : [];
      for (let i = 0; i < data.length; i++) {
        const change = Number(data[i]) - Number(from[i] ?? 0);
        along += (Number(own[i]) - Number(data[i])) * change;
        square += change ** 2;
        // Rounding to float32 has a standard deviation of a unit in the last place over sqrt(12).
        noise += (change * Number(data[i]) * 2 ** -23) ** 2 / 12;
      }
    }
    const distance = square > 0 ? Math.abs(along) / square : along === 0 ? 0 : Number.POSITIVE_INFINITY;
    const chance = square > 0 ? (4 * Math.sqrt(noise)) / square : 0;
    return { part, name: 'rate', distance, scale: 1, float32, allowed: rateLimit + chance + float32 };
  });
}
