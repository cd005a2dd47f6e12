import { equal, type Layout } from '../layout.ts';

/** A hyper-rectangle within two tensors. */
export interface Placement {
  readonly from: Layout;
  readonly to: Layout;
  readonly size: readonly number[];
  readonly fromOffset: readonly number[];
  readonly toOffset: readonly number[];
}

/**
 * The same copy with as few dimensions as possible, so that a kernel spends less on coordinates: a dimension that is
 * copied whole, padding included, is one with the dimension outside of it in memory. Tensors whose dimensions lie in
 * different orders stay as they are.
 */
export function mergeDimensions(placement: Placement): Placement {
  const { from, to, size, fromOffset, toOffset } = placement;
  if (!equal(from.order, to.order)) return placement;
  const merged: Record<
    'size' | 'fromOffset' | 'toOffset' | 'fromShape' | 'toShape' | 'fromExtent' | 'toExtent',
    number
  >[] = [];
  for (const dim of to.order) {
    const extent = to.extents[dim];
    const whole =
      size[dim] === from.shape[dim] && size[dim] === to.shape[dim] && from.extents[dim] === extent;
    const outer = merged.at(-1);
    if (whole && outer) {
      for (const key of Object.keys(outer) as (keyof typeof outer)[]) outer[key] *= extent;
    } else {
      merged.push({
        size: whole ? extent : size[dim],
        fromOffset: fromOffset[dim],
        toOffset: toOffset[dim],
        fromShape: whole ? extent : from.shape[dim],
        toShape: whole ? extent : to.shape[dim],
        fromExtent: from.extents[dim],
        toExtent: extent,
      });
    }
  }
  return {
    from: layout(
      merged.map((dim) => dim.fromShape),
      merged.map((dim) => dim.fromExtent),
    ),
    to: layout(
      merged.map((dim) => dim.toShape),
      merged.map((dim) => dim.toExtent),
    ),
    size: merged.map((dim) => dim.size),
    fromOffset: merged.map((dim) => dim.fromOffset),
    toOffset: merged.map((dim) => dim.toOffset),
  };
}

function layout(shape: readonly number[], extents: readonly number[]): Layout {
  const strides = extents.map((_, dim) =>
    extents.slice(dim + 1).reduce((product, extent) => product * extent, 1),
  );
  return { shape, order: shape.map((_, dim) => dim), extents, strides, size: strides[0] * extents[0] };
}
