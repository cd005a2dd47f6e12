import type { Tensor } from '../tensor.ts';

/**
 * Checks what kernels cannot: they would read integers as if they were floats, and another device's memory not at all.
 * @throws TypeError if a tensor is not f32, Error if the tensors live on different devices.
 */
export function requireFloats(op: string, tensors: readonly (Tensor | null | undefined)[]): void {
  let first: Tensor | undefined;
  for (const x of tensors) {
    if (!x) continue;
    if (x.dtype !== 'f32') {
      throw new TypeError(
        `${op}: expected f32 tensors, but [${x.shape}] is ${x.dtype}; convert it with cast(x, 'f32')`,
      );
    }
    first ??= x;
    if (x.runtime !== first.runtime) {
      throw new Error(
        `${op}: [${first.shape}] and [${x.shape}] are on different devices (${first.runtime.device.info.adapter}, ${x.runtime.device.info.adapter}); make both with one runtime`,
      );
    }
  }
}

/**
 * Checks that there is something to compute from: the mean or the largest of nothing is no number.
 * @param axes Only these dimensions; all unless given.
 * @throws RangeError if the tensor has no elements, or none along the axes.
 */
export function requireElements(
  op: string,
  { shape }: Pick<Tensor, 'shape'>,
  axes?: readonly number[],
): void {
  const empty = (axes ?? shape.map((_, dim) => dim)).filter((dim) => shape[dim] === 0);
  if (empty.length === 0) return;
  throw new RangeError(
    `${op}: the tensor [${shape}] is empty (dimension ${empty.join(', ')} has size 0): there is nothing to compute from; leave empty batches out`,
  );
}
