import { elementCount } from '@glassbox/wgsl-kernels';

/** Calls `visit(position along each dimension, row-major index)` for every element of a shape. */
export function forEachPosition(
  shape: readonly number[],
  visit: (position: readonly number[], index: number) => void,
): void {
  const count = elementCount(shape);
  for (let index = 0; index < count; index++) {
    const position = new Array<number>(shape.length);
    let rest = index;
    for (let d = shape.length - 1; d >= 0; d--) {
      position[d] = rest % shape[d];
      rest = Math.floor(rest / shape[d]);
    }
    visit(position, index);
  }
}

/** Row-major index of a position. */
export function indexOf(shape: readonly number[], position: readonly number[]): number {
  return shape.reduce((index, size, d) => index * size + position[d], 0);
}

/** y's dimension d is x's dimension `order[d]`. */
export function permuted(
  x: ArrayLike<number>,
  shape: readonly number[],
  order: readonly number[],
): Float64Array {
  const to = order.map((d) => shape[d]);
  const y = new Float64Array(x.length);
  forEachPosition(to, (position, index) => {
    const source = new Array<number>(shape.length);
    for (const [d, from] of order.entries()) source[from] = position[d];
    y[index] = x[indexOf(shape, source)];
  });
  return y;
}

/** x from `start` to before `end` along dimension `dim`. */
export function sliced(
  x: ArrayLike<number>,
  shape: readonly number[],
  dim: number,
  start: number,
  end: number,
): Float64Array {
  const to = shape.map((size, d) => (d === dim ? end - start : size));
  const y = new Float64Array(elementCount(to));
  forEachPosition(to, (position, index) => {
    y[index] = x[indexOf(shape, position.with(dim, position[dim] + start))];
  });
  return y;
}

/** Arrays of shapes that differ along `dim` only, one after the other. */
export function concatenated(
  arrays: readonly ArrayLike<number>[],
  shapes: readonly (readonly number[])[],
  dim: number,
): Float64Array {
  const total = shapes.reduce((sum, shape) => sum + shape[dim], 0);
  const to = shapes[0].map((size, d) => (d === dim ? total : size));
  const y = new Float64Array(elementCount(to));
  let offset = 0;
  for (const [k, shape] of shapes.entries()) {
    const start = offset;
    forEachPosition(shape, (position, index) => {
      y[indexOf(to, position.with(dim, position[dim] + start))] = arrays[k][index];
    });
    offset += shape[dim];
  }
  return y;
}
