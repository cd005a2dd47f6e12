import { equal, type Layout } from '../layout.ts';

/**
 * Dimensions as sorted numbers of 0 or more; negative ones count from the end, undefined means all.
 * @throws RangeError for a dimension that the tensor does not have or that is named twice.
 */
export function normalizeDims(shape: readonly number[], dim?: readonly number[], op = 'reduce'): number[] {
  const rank = shape.length;
  if (!dim) return shape.map((_, d) => d);
  const dims = dim.map((d) => (d < 0 ? d + rank : d)).sort((a, b) => a - b);
  const wrong = dims.some((d, k) => !Number.isInteger(d) || d < 0 || d >= rank || d === dims[k - 1]);
  if (wrong) {
    throw new RangeError(
      `${op}: dim [${dim}] of a tensor [${shape}]: each must be between ${-rank} and ${rank - 1} and named once`,
    );
  }
  return dims;
}

/** The shape after reducing over `dims` (see `normalizeDims`). */
export function reducedShape(shape: readonly number[], dims: readonly number[], keepDims = false): number[] {
  return keepDims
    ? shape.map((size, dim) => (dims.includes(dim) ? 1 : size))
    : shape.filter((_, dim) => !dims.includes(dim));
}

/**
 * The same memory seen with dimensions of size 1 inserted at `dims`: what the result of a reduction must look like
 * to be broadcast back to the tensor that it was reduced from.
 */
export function withUnitDims(layout: Layout, dims: readonly number[]): Layout {
  const rank = layout.shape.length + dims.length;
  const all = Array.from({ length: rank }, (_, dim) => dim);
  const kept = all.filter((dim) => !dims.includes(dim));
  const spread = (values: readonly number[], unit: number) =>
    all.map((dim) => (dims.includes(dim) ? unit : values[kept.indexOf(dim)]));
  const extents = spread(layout.extents, 1);
  // A scalar fills a vec4 of its own: say so in the dimension that becomes the innermost.
  if (layout.shape.length === 0 && rank > 0) extents[dims.at(-1)!] = layout.size;
  return {
    shape: spread(layout.shape, 1),
    order: [...dims, ...layout.order.map((dim) => kept[dim])],
    extents,
    strides: spread(layout.strides, layout.size),
    size: layout.size,
  };
}

/**
 * `output` as a tensor of the input's rank, reduced dimensions of size 1.
 * @throws RangeError if its shape is neither the reduced shape nor that with dimensions kept.
 */
export function alignOutput(op: string, input: Layout, dims: readonly number[], output: Layout): Layout {
  const kept = reducedShape(input.shape, dims, true);
  if (equal(output.shape, kept)) return output;
  const removed = reducedShape(input.shape, dims);
  if (equal(output.shape, removed)) return withUnitDims(output, dims);
  throw new RangeError(
    `${op}: [${input.shape}] over dimensions [${dims}] gives [${removed}] or, with dimensions kept, [${kept}], ` +
      `not [${output.shape}]`,
  );
}
