import { checkValue, show, whole } from '@glassbox/options';
import { type FaultKind, forEachElement } from '@glassbox/wgsl-kernels';
import { faultError } from '../runtime/faults.ts';
import { Tensor } from '../tensor.ts';

/** @throws TypeError if something is no tensor. */
export function requireTensor(op: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  const isModule = typeof x === 'object' && x !== null && 'forward' in x;
  throw new TypeError(
    `${op}: expected a tensor, not ${show(x)}; ${
      isModule
        ? 'a module is called with forward(x)'
        : x === undefined
          ? 'does the function before it return one?'
          : 'make one with tensor(runtime, data, shape)'
    }`,
  );
}

const aDimension = whole(Number.MIN_SAFE_INTEGER);

/**
 * The number of a dimension, where negative ones count from the end.
 * @throws RangeError if there is no such dimension.
 */
export function requireDimension(op: string, { shape }: Tensor, dimension: number): number {
  checkValue(op, 'dimension', dimension, aDimension);
  const dim = dimension < 0 ? dimension + shape.length : dimension;
  if (!(dim in shape)) {
    throw new RangeError(`${op}: dimension ${dimension} does not exist in [${shape}]`);
  }
  return dim;
}

/**
 * Checks what kernels cannot: they would read integers as if they were floats, and another device's memory not at all.
 * @throws TypeError if something is no tensor or not f32, Error if the tensors live on different devices.
 */
export function requireFloats(op: string, tensors: readonly (Tensor | null | undefined)[]): void {
  let first: Tensor | undefined;
  for (const x of tensors) {
    if (x === null || x === undefined) continue;
    requireTensor(op, x);
    if (x.dtype !== 'f32') {
      throw new TypeError(
        `${op}: expected f32 tensors, but [${x.shape}] is ${x.dtype}; convert it with cast(x, 'f32')`,
      );
    }
    first ??= x;
    if (x.runtime !== first.runtime) {
      throw new Error(
        `${op}: [${first.shape}] and [${x.shape}] are on different devices (${first.runtime.device.info.adapter}, ` +
          `${x.runtime.device.info.adapter}); make both with one runtime`,
      );
    }
  }
}

/**
 * Checks numbers that a kernel will index with, where they are still on the host; else the kernel notes a fault.
 * @param numbers u32, of any shape
 * @param ignored a number that may be `limit` or more
 * @throws RangeError if one of them is `limit` or more: the same error as the fault's.
 */
export function requireBelow(kind: FaultKind, numbers: Tensor, limit: number, ignored?: number): void {
  const { upload } = numbers.storage;
  if (!upload) return;
  forEachElement(numbers.layout, (row, place) => {
    const value = upload[place];
    if (value >= limit && value !== ignored) throw faultError({ kind, row, value, limit });
  });
}

/**
 * Checks numbers that a kernel indexes with.
 * @param like a tensor of the device that they must be on
 * @throws TypeError unless they are u32, Error if they are on another device.
 */
export function requireIndices(op: string, name: string, numbers: Tensor, like?: Tensor): void {
  requireTensor(op, numbers);
  if (numbers.dtype !== 'u32') {
    throw new TypeError(
      `${op}: ${name} are u32, not ${numbers.dtype} [${numbers.shape}]; make them with ` +
        "tensor(runtime, data, shape, { dtype: 'u32' }) or convert them with cast(x, 'u32')",
    );
  }
  requireElements(op, numbers);
  if (like && numbers.runtime !== like.runtime) {
    throw new Error(`${op}: ${name} are on another device than [${like.shape}]; make both with one runtime`);
  }
}

/**
 * Checks that there is something to compute from: the mean or the largest of nothing is no number.
 * @param dims Only these dimensions; all unless given.
 * @throws RangeError if the tensor has no elements, or none along these dimensions.
 */
export function requireElements(
  op: string,
  { shape }: Pick<Tensor, 'shape'>,
  dims?: readonly number[],
): void {
  const empty = (dims ?? shape.map((_, dim) => dim)).filter((dim) => shape[dim] === 0);
  if (empty.length === 0) return;
  throw new RangeError(
    `${op}: the tensor [${shape}] is empty (dimension ${empty.join(', ')} has size 0): ` +
      'there is nothing to compute from; leave empty batches out',
  );
}
