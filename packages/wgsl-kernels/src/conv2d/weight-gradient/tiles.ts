/** Which tile a weight gradient takes: the one that was measured on the device, or its form's own. */
import type { Machine } from '../../machine.ts';
import type { KernelPlan } from '../../plan.ts';
import { buildTuned, type Candidate, shortList, type Tile } from '../../tunable.ts';
import { conv2dLayouts } from '../layouts.ts';
import type { Conv2dSpec } from '../spec.ts';
import { blocksPlan, maxPartialWords, planBlocks, type WeightGradientTile } from './blocks.ts';
import { conv2dWeightGradientPacked } from './packed.ts';

/** In blocks with the tile that was measured on the device, or else in the form `usual`. */
export function tunedWeightGradient(
  spec: Conv2dSpec,
  machine: Machine,
  usual: 'packed' | 'blocks',
): KernelPlan {
  const { x, y, weight } = conv2dLayouts(spec);
  const tunable = {
    kernel: 'conv2dWeightGradient',
    tensors: { x, dy: y, dWeight: weight },
    candidates: () => candidatesOf(spec, machine, usual === 'packed'),
    build: (tile: Tile = {}) =>
      usual === 'packed' && Object.keys(tile).length === 0
        ? conv2dWeightGradientPacked(spec, machine)
        : blocksPlan(spec, machine, tile as WeightGradientTile),
  };
  return buildTuned(tunable, machine);
}

/**
 * Another number of groups leaves the order of summation as it is, unless the usual form packs; another number of
 * slices does not.
 */
function candidatesOf(spec: Conv2dSpec, machine: Machine, packed: boolean): readonly Candidate[] {
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
