import type { Layout } from '../layout.ts';

/**
 * The shape of `a op b` by PyTorch's rules: shapes are aligned at the right, and a size of 1 stretches.
 * @throws RangeError that names both shapes and the first pair of sizes that does not fit.
 */
export function broadcastShapes(a: readonly number[], b: readonly number[], op = 'broadcast'): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, dim) => {
    const sizeA = a[dim - rank + a.length] ?? 1;
    const sizeB = b[dim - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new RangeError(
        `${op}: shapes [${a}] and [${b}] do not broadcast: ${sizeA} against ${sizeB} in dimension ${dim} ` +
          'counted from the left of the longer shape; reshape one of them so that sizes are equal or 1',
      );
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/**
 * Strides of `operand` along the dimensions of a tensor of shape `out` that it is broadcast to: 0 where it is
 * stretched or has no such dimension, and where `out` has a single element.
 * @throws RangeError if the operand's shape does not broadcast to `out`.
 */
export function broadcastStrides(operand: Layout, out: readonly number[], op = 'broadcast'): number[] {
  const missing = out.length - operand.shape.length;
  const fits = operand.shape.every((size, dim) => size === 1 || size === out[dim + missing]);
  if (missing < 0 || !fits) {
    throw new RangeError(
      `${op}: shape [${operand.shape}] does not broadcast to [${out}]; every size, counted from the right, must be ` +
        'equal or 1',
    );
  }
  return out.map((size, dim) => {
    const own = dim - missing;
    return own < 0 || operand.shape[own] === 1 || size === 1 ? 0 : operand.strides[own];
  });
}

/** The dense row-major array of `out`'s shape that `operand`'s dense row-major array stretches to. */
export function broadcastOracle(
  operand: ArrayLike<number>,
  shape: readonly number[],
  out: readonly number[],
): Float64Array {
  const missing = out.length - shape.length;
  const count = out.reduce((product, size) => product * size, 1);
  return Float64Array.from({ length: count }, (_, index) => {
    let rest = index;
    let source = 0;
    let stride = 1;
    for (let dim = out.length - 1; dim >= missing; dim--) {
      const own = shape[dim - missing];
      if (own !== 1) source += (rest % out[dim]) * stride;
      stride *= own;
      rest = Math.floor(rest / out[dim]);
    }
    return operand[source];
  });
}
