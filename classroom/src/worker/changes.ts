import type { LayerView, Values, Walk } from '../playground/training.ts';

/** The largest absolute change of a weight or bias of each layer from one walk to a later one of the same net. */
export function largestChanges(before: Walk, after: Walk): number[] {
  return after.layers.map((layer, index) => largestChange(before.layers[index], layer));
}

function largestChange(before: LayerView, after: LayerView): number {
  return Math.max(largest(before.weight, after.weight), largest(before.bias, after.bias));
}

/** The largest absolute difference of two tensors of the same shape; 0 where there are none. NaN if one has any. */
function largest(before: Values | null, after: Values | null): number {
  if (!before || !after) return 0;
  return before.values.reduce((most, value, i) => Math.max(most, Math.abs(after.values[i] - value)), 0);
}
