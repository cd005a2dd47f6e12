/** The second run of a fork. */
import type { NamedLayer } from './net.ts';
import type { Fork, Spec } from './spec.ts';
import { Training } from './training.ts';

type LayerName = Pick<NamedLayer, 'kind' | 'number'>;

/** What the second run trains. */
export function forkedSpec(spec: Spec, fork: Fork): Spec {
  return { ...spec, ...fork.changes };
}

/** True for a layer that the second run does not learn. */
export function isFrozen({ blocks }: Spec, { frozen }: Fork, { kind, number }: LayerName): boolean {
  if (kind === 'linear') return frozen.includes(blocks.length + 1);
  return (kind === 'conv' || kind === 'norm') && frozen.includes(number);
}

/**
 * The second run where the first stands: it gets the same images in the same order, and begins with the same weights,
 * statistics and averages. A fork at step 0 with another seed begins with weights of its own.
 *
 * @param first the first run, after `fork.at` steps.
 */
export async function forkTraining(first: Training, fork: Fork): Promise<Training> {
  const spec = forkedSpec(first.spec, fork);
  const second = new Training(first.runtime, spec, {
    orderSeed: first.spec.seed,
    isFrozen: (layer) => isFrozen(spec, fork, layer),
  });
  const ownWeights = fork.at === 0 && spec.seed !== first.spec.seed;
  if (!ownWeights) await second.continueFrom(await first.state(), first.layers);
  return second;
}
