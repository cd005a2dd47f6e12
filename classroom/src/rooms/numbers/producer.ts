/** An output is the next layer's input: whose formula computed a tensor. */
import type { Place } from '../../model/index.ts';

/**
 * The layer whose formula makes a number, and what it is there: the input of a layer is the output of the one before,
 * the gradient of an output is the gradient of the next layer's input.
 * @param layers names in order; the last one is the loss.
 */
export function producerOf(
  layers: readonly string[],
  { layer, what }: Pick<Place, 'layer' | 'what'>,
): { readonly layer: string; readonly what: string } {
  const at = layers.indexOf(layer);
  if (what === 'input' && at > 0) return { layer: layers[at - 1], what: 'output' };
  if (what === 'outputGradient' && at >= 0 && at + 1 < layers.length) {
    return { layer: layers[at + 1], what: 'inputGradient' };
  }
  return { layer, what };
}
