/** The blocks of `weight-gradient.ts` that are worth measuring, by kind of machine. */
import type { Tuning } from '../kernel.ts';
import { type Candidate, shortList } from '../tunable.ts';
import type { Conv2dSpec } from './spec.ts';
import type { WeightGradientPlan } from './weight-gradient-body.ts';
import { packsImages } from './weight-gradient-packed.ts';

/** What one invocation accumulates, where it differs from the default. */
export interface WeightGradientTile {
  /** `vec4`s of output channels (of input channels, if only the output has fewer than 4). */
  readonly groups?: number;
  /** Invocations per workgroup, if not the device's usual number. */
  readonly workgroupSize?: number;
  /** Images that are summed before the slices are added up. Changes the order of summation. */
  readonly imagesPerSlice?: number;
}

/** Words of scratch memory for slices, at most. */
export const maxPartialWords = 1024 * 1024;

/**
 * Another number of groups leaves the order of summation as it is, unless the default packs
 * (`weight-gradient-packed.ts`); another number of slices does not.
 */
export function weightGradientCandidates(
  { groups, groupTiles, imagesPerSlice, layouts }: WeightGradientPlan,
  spec: Conv2dSpec,
  tuning: Tuning,
): readonly Candidate[] {
  const { batch } = spec;
  const { workgroupSize, lockstep } = tuning;
  const packed = packsImages(spec, tuning);
  const same: WeightGradientTile[] = [1, 2, 3, 4]
    .filter((count) => (packed || count !== groups) && count <= groups * groupTiles)
    .map((count) => ({ groups: count }));
  if (lockstep) {
    for (const size of [workgroupSize / 2, workgroupSize * 2]) same.push({ workgroupSize: size });
  }
  const others: WeightGradientTile[] = [1, 2, 4, 8, 16]
    .filter((count) => count !== imagesPerSlice && count <= batch)
    .filter((count) => Math.ceil(batch / count) * layouts.weight.size <= maxPartialWords)
    .map((count) => ({ imagesPerSlice: count }));
  return shortList({}, [
    ...same.map((tile) => ({ tile: { ...tile }, sameBits: !packed })),
    ...others.map((tile) => ({ tile: { ...tile }, sameBits: false })),
  ]);
}
