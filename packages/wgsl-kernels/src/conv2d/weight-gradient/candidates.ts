/** The tiles of a weight gradient that are worth measuring. */
import type { Machine } from '../../machine.ts';
import { type Candidate, shortList } from '../../tunable.ts';
import type { Conv2dSpec } from '../spec.ts';
import { maxPartialWords, planBlocks, type WeightGradientTile } from './blocks.ts';

/**
 * Another number of groups leaves the order of summation as it is, unless the usual form packs; another number of
 * slices does not.
 */
export function weightGradientCandidates(
  spec: Conv2dSpec,
  machine: Machine,
  packed: boolean,
): readonly Candidate[] {
  const { groups, groupTiles, imagesPerSlice, layouts } = planBlocks(spec, machine);
  const { batch } = spec;
  const { workgroupSize, lockstep } = machine;
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
