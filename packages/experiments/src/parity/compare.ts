import type { HostTensor, StateDict } from '@glassbox/nn';

/** The largest difference and where it is. */
export interface Difference {
  readonly value: number;
  /** The tensor's name, or the step. */
  readonly where: string;
}

/** The largest difference over steps, each relative to max(|reference|, 1e-3). */
export function compareLosses(actual: ArrayLike<number>, reference: ArrayLike<number>): Difference {
  let worst: Difference = { value: 0, where: 'step 0' };
  for (let step = 0; step < reference.length; step++) {
    const value = Math.abs(actual[step] - reference[step]) / Math.max(Math.abs(reference[step]), 1e-3);
    worst = larger(worst, { value, where: `step ${step}` });
  }
  return worst;
}

/**
 * The largest difference over tensors, each relative to the larger of the reference's own largest value and 1e-3 of the
 * largest over all of them. Counters (int64) must be equal, and have no part in the scale.
 * A tensor that is missing, or of another shape, differs infinitely.
 * @param scaledBy for tensors that are rounding noise around 0: the tensor whose largest value is their scale instead.
 */
export function compareStates(
  actual: StateDict,
  reference: StateDict,
  scaledBy: ReadonlyMap<string, string> = new Map(),
): Difference {
  const scales = new Map([...reference].map(([name, tensor]) => [name, largest(tensor)]));
  const floats = [...reference].filter(([, { dtype }]) => dtype !== 'I64').map(([name]) => scales.get(name)!);
  const floor = 1e-3 * Math.max(0, ...floats);
  let worst: Difference = { value: 0, where: [...reference.keys()][0] ?? '' };
  for (const [name, expected] of reference) {
    const own = Math.max(scales.get(name)!, scales.get(scaledBy.get(name) ?? name) ?? 0, floor);
    const difference = largestDistance(actual.get(name), expected);
    const value = difference === 0 ? 0 : difference / (expected.dtype === 'I64' ? 1 : own);
    worst = larger(worst, { value, where: name });
  }
  for (const name of actual.keys()) {
    if (!reference.has(name)) worst = larger(worst, { value: Number.POSITIVE_INFINITY, where: name });
  }
  return worst;
}

/** NaN is worse than anything: it must not pass unseen. */
function larger(a: Difference, b: Difference): Difference {
  const value = Number.isNaN(b.value) ? Number.POSITIVE_INFINITY : b.value;
  return value > a.value ? { value, where: b.where } : a;
}

/** The largest absolute value; infinite where one is NaN. */
export function largest({ data }: { readonly data: HostTensor['data'] }): number {
  let result = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Math.abs(Number(data[i]));
    if (!(value <= result)) result = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  }
  return result;
}

/** The largest distance of two tensors; infinite where one is NaN, missing, or of another shape. */
export function largestDistance(found: HostTensor | undefined, expected: HostTensor): number {
  if (!found || String(found.shape) !== String(expected.shape)) return Number.POSITIVE_INFINITY;
  const data = Float64Array.from(
    expected.data as Float64Array,
    (value, i) => Number(found.data[i]) - Number(value),
  );
  return largest({ data });
}
