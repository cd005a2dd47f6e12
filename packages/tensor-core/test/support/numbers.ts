import { sameSource } from './observe.ts';
import { expectClose } from './run-kernel.ts';

export { random } from './random.ts';

/** The gradient of a scalar function at `point`, by central differences of width 2·step. */
export function centralDifferences(
  point: ArrayLike<number>,
  f: (point: Float64Array) => number,
  step = 1e-5,
): Float64Array {
  const at = Float64Array.from(point);
  return at.map((value, i) => {
    const moved = (delta: number) => {
      const near = Float64Array.from(at);
      near[i] = value + delta;
      return f(near);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/**
 * `expectClose` where results may cancel: errors are compared with `scale`, the size of the terms that were added,
 * if that is larger than the results.
 */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  scale = 1,
): void {
  const both = sameSource([...Array.from(actual), scale], actual as unknown as object);
  expectClose(both, [...Array.from(expected), scale], tolerance);
}
