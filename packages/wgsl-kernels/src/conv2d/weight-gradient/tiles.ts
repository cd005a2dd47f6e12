/** Which tile a weight gradient takes: the one that was measured on the device, or its form's own. */
import { type Machine, requireTuning } from '../../machine.ts';
import type { KernelPlan } from '../../plan.ts';
import { buildTuned, type Tile } from '../../tunable.ts';
import { conv2dLayouts } from '../layouts.ts';
import type { Conv2dSpec } from '../spec.ts';
import { blocksPlan, type WeightGradientTile } from './blocks.ts';
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
    candidates: () =>
      requireTuning('conv2dWeightGradient', machine).weightGradient.candidates(
        spec,
        machine,
        usual === 'packed',
      ),
    build: (tile: Tile = {}) =>
      usual === 'packed' && Object.keys(tile).length === 0
        ? conv2dWeightGradientPacked(spec, machine)
        : blocksPlan(spec, machine, tile as WeightGradientTile),
  };
  return buildTuned(tunable, machine);
}
