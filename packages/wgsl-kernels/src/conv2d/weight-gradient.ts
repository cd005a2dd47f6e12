import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import { chooseForm, weightGradientForms } from './forms.ts';
import type { Conv2dSpec } from './spec.ts';
import { blocksPlan, type WeightGradientTile } from './weight-gradient/blocks.ts';

export type { WeightGradientTile };

/**
 * Gradient of a convolution with respect to its weights,
 *
 *   dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*stride + r - padding, q*stride + s - padding],
 *
 * in the form that `forms.ts` chooses. Buffers: x, dy, dWeight (`filterLayout`), and the plan's scratch memory.
 * @param tile The form `blocks` with this tile; by default what suits the shape, with the tile that was measured.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dWeightGradient(
  spec: Conv2dSpec,
  machine: Machine = machines.gpu,
  tile?: WeightGradientTile,
): KernelPlan {
  if (tile) return blocksPlan(spec, machine, tile);
  return chooseForm(weightGradientForms, spec, machine).kernels(spec, {}, machine);
}
