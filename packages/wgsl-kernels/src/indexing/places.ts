import { elementCount, equal, type Layout, rowMajor } from '../layout.ts';

/** @throws RangeError unless the layout is row-major and has a first dimension. */
export function requireRowMajor(op: string, layout: Layout): void {
  if (layout.shape.length > 0 && equal(layout.extents, rowMajor(layout.shape).extents) && isOrdered(layout))
    return;
  throw new RangeError(
    `${op}: [${layout.shape}] in order ${layout.order} must be row-major, with one dimension or more; relayout it`,
  );
}

const isOrdered = ({ order }: Layout) => order.every((dim, place) => dim === place);

/** WGSL: where the element with the row-major number `number` of a row-major tensor lies in its buffer. */
export function placeOf({ shape, extents }: Layout, number: string): string {
  const [size, row] = [shape.at(-1) ?? 1, extents.at(-1) ?? 4];
  return size === row || shape.length < 2 ? number : `${number} / ${size}u * ${row}u + ${number} % ${size}u`;
}

/** WGSL: the reverse of `placeOf`. */
export function numberOf({ shape, extents }: Layout, place: string): string {
  const [size, row] = [shape.at(-1) ?? 1, extents.at(-1) ?? 4];
  return size === row || shape.length < 2 ? place : `${place} / ${row}u * ${size}u + ${place} % ${row}u`;
}

/** A dimension of a dense row-major array: what lies before it, its size, and what lies inside of it. */
export function around(shape: readonly number[], dimension: number) {
  return {
    outer: elementCount(shape.slice(0, dimension)),
    size: shape[dimension],
    inner: elementCount(shape.slice(dimension + 1)),
  };
}
