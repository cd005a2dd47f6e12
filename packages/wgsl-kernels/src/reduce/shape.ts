import { equal, type Layout } from '../layout.ts';

/**
 * Axes as sorted, non-negative dimension numbers; negative ones count from the end, undefined means all.
 * @throws RangeError for an axis that the tensor does not have or that is named twice.
 */
export function normalizeAxes(shape: readonly number[], axes?: readonly number[], op = 'reduce'): number[] {
  const rank = shape.length;
  if (!axes) return shape.map((_, dim) => dim);
  const dims = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const wrong = dims.some(
    (dim, k) => !Number.isInteger(dim) || dim < 0 || dim >= rank || dim === dims[k - 1],
  );
  if (wrong) {
    throw new RangeError(
      `${op}: axes [${axes}] of a tensor [${shape}]: each must be between ${-rank} and ${rank - 1} and named once`,
    );
  }
  return dims;
}

/** The shape after reducing over `axes` (see `normalizeAxes`). */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims = false): number[] {
  return keepDims
    ? shape.map((size, dim) => (axes.includes(dim) ? 1 : size))
    : shape.filter((_, dim) => !axes.includes(dim));
}

/**
 * The same memory seen with dimensions of size 1 inserted at `axes`: what the result of a reduction must look like
 * to be broadcast back to the tensor that it was reduced from.
 */
export function withUnitAxes(layout: Layout, axes: readonly number[]): Layout {
  const rank = layout.shape.length + axes.length;
  const dims = Array.from({ length: rank }, (_, dim) => dim);
  const kept = dims.filter((dim) => !axes.includes(dim));
  const spread = (values: readonly number[], unit: number) =>
    dims.map((dim) => (axes.includes(dim) ? unit : values[kept.indexOf(dim)]));
  const extents = spread(layout.extents, 1);
  // A scalar fills a vec4 of its own: say so in the dimension that becomes the innermost.
  if (layout.shape.length === 0 && rank > 0) extents[axes.at(-1)!] = layout.size;
  return {
    shape: spread(layout.shape, 1),
    order: [...axes, ...layout.order.map((dim) => kept[dim])],
    extents,
    strides: spread(layout.strides, layout.size),
    size: layout.size,
  };
}

/**
 * `output` as a tensor of the input's rank, reduced dimensions of size 1.
 * @throws RangeError if its shape is neither the reduced shape nor that with dimensions kept.
 */
export function alignOutput(op: string, input: Layout, axes: readonly number[], output: Layout): Layout {
  const kept = reducedShape(input.shape, axes, true);
  if (equal(output.shape, kept)) return output;
  const removed = reducedShape(input.shape, axes);
  if (equal(output.shape, removed)) return withUnitAxes(output, axes);
  throw new RangeError(
    `${op}: [${input.shape}] over axes [${axes}] gives [${removed}] or, with dimensions kept, [${kept}], ` +
      `not [${output.shape}]`,
  );
}
