import { type Layout, rowMajor } from '../layout.ts';

/** Where the `vec4` number `v` of a buffer lies in its tensor, as WGSL. */
export interface Coordinates {
  /** Logical dimension that the four lanes run along. */
  readonly inner: number;
  /** `let` statements for the coordinates; a coordinate that is always 0 has none. */
  readonly declare: (dims: Iterable<number>) => string[];
  /** Name of a coordinate (of lane 0 for the inner dimension), or undefined if it is always 0. */
  readonly name: (dim: number) => string | undefined;
  /** `vec4<bool>` expression: which lanes hold elements; undefined if no lane of any `vec4` is padding. */
  readonly inside: string | undefined;
  /** Dimensions whose coordinates `inside` mentions. */
  readonly insideDims: readonly number[];
}

/** A scalar is treated as the vector [1]. */
export function atLeast1d(layout: Layout): Layout {
  return layout.shape.length > 0 ? layout : rowMajor([1]);
}

/**
 * WGSL `vec4<bool>`: which of the four lanes from `start` (0 if undefined) on are below `size`. In the text the size
 * is called `name`.
 */
export function lanesBelow(size: number, start?: string, name = `${size}u`): string {
  return start === undefined
    ? `vec4<bool>(${[0, 1, 2, 3].map((lane) => lane < size).join(', ')})`
    : `(${start} + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(${name})`;
}

/**
 * Splits the number of a `vec4` into coordinates `d0, d1, …`, one per logical dimension.
 * @throws RangeError if a dimension is empty.
 */
export function coordinates(tensor: Layout, op = 'kernel'): Coordinates {
  const layout = atLeast1d(tensor);
  if (layout.shape.includes(0)) {
    throw new RangeError(
      `${op}: the tensor [${tensor.shape}] is empty; a kernel needs at least one element, so leave empty batches out`,
    );
  }
  const inner = layout.order.at(-1)!;
  const expressions = new Map<number, string>();
  const units = (dim: number) => (dim === inner ? layout.extents[dim] / 4 : layout.extents[dim]);
  let below = 1;
  for (const dim of [...layout.order].reverse()) {
    const count = units(dim);
    if (count > 1) {
      const above = layout.size / 4 / below / count;
      let text = below === 1 ? 'v' : `v / ${below}u`;
      if (above > 1) text += ` % ${count}u`;
      expressions.set(dim, dim === inner ? `${text} * 4u` : text);
    }
    below *= count;
  }
  const name = (dim: number) => (expressions.has(dim) ? `d${dim}` : undefined);
  const padded = layout.order.filter((dim) => layout.extents[dim] !== layout.shape[dim]);
  const conditions = padded.map((dim) => {
    if (dim !== inner) return `vec4<bool>(${name(dim)} < ${layout.shape[dim]}u)`;
    return lanesBelow(layout.shape[dim], name(dim));
  });
  return {
    inner,
    name,
    declare: (dims) =>
      [...new Set(dims)]
        .sort((a, b) => a - b)
        .filter((dim) => expressions.has(dim))
        .map((dim) => `let d${dim} = ${expressions.get(dim)};`),
    inside:
      conditions.length > 1 ? conditions.map((condition) => `(${condition})`).join(' & ') : conditions[0],
    insideDims: padded,
  };
}
