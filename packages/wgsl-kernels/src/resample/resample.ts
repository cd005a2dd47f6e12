import { flatKernel } from '../elementwise/flat.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, equal, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { Taps } from './taps.ts';

/** Which dimension is resampled. */
export interface ResampleSpec {
  /** The dimension, of both layouts. */
  readonly dimension: number;
  /** Taps in all: for FLOP alone. */
  readonly taps: number;
}

/**
 * y along one dimension, each position the weighted sum of some positions of x: turning round, padding, scaling,
 * adaptive means. One kernel serves all of them, since what differs are the taps, which are data. The gradient is the
 * same kernel with the transposed taps. Bindings: x, starts, indices, weights (`Taps`), y.
 *
 * @param from x, dimensions in any order in memory, the innermost padded to a multiple of 4
 * @param to y: as x, but for its size along the dimension
 */
export function resample(
  from: Layout,
  to: Layout,
  { dimension, taps }: ResampleSpec,
  machine: Machine = machines.gpu,
): Kernel {
  requireAlike(from, to, dimension);
  const place = from.order.indexOf(dimension);
  const inside = from.order.slice(place + 1);
  const inner = elementCount(inside.map((dim) => from.extents[dim]));
  const rows = from.order.slice(0, place).reduce((product, dim) => product * from.extents[dim], 1);
  const isInnermost = inside.length === 0;
  const [n, m] = [from, to].map(({ extents }) => extents[dimension]);
  const flop = (2 * taps * elementCount(to.shape)) / to.shape[dimension];
  return flatKernel(
    {
      name: 'resample',
      about: `
y[…, j, …] = sum of weights[t] x[…, indices[t], …] over t from starts[j] to before starts[j + 1], j in dimension ${
        dimension
      }
x: [${from.shape}] in order ${from.order}, y: [${to.shape}]`,
      bindings: [
        reads('x', isInnermost ? 'array<f32>' : 'array<vec4<f32>>'),
        reads('starts', 'array<u32>'),
        reads('indices', 'array<u32>'),
        reads('weights', 'array<f32>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      constants: isInnermost
        ? { FROM: n, TO: to.shape[dimension], TO4: m / 4 }
        : { FROM: n, TO: m, INNER4: inner / 4 },
      body: isInnermost ? innermost : vectors,
      vectors: (rows * m * inner) / 4,
      flop,
      bytes: 4 * (from.size + to.size + 2 * taps + m),
    },
    machine,
  );
}

/** Four neighbours inside of the dimension are resampled alike. */
const vectors = `
let k = v % INNER4;
let j = v / INNER4 % TO;
let row = v / INNER4 / TO * FROM;
var sum = vec4<f32>();
for (var t = starts[j]; t < starts[j + 1u]; t++) {
  sum += weights[t] * x[(row + indices[t]) * INNER4 + k];
}
y[v] = sum;`;

/** Neighbours in memory are positions of the dimension itself: each has taps of its own. */
const innermost = `
let row = v / TO4 * FROM;
var sum = vec4<f32>();
for (var lane = 0u; lane < 4u; lane++) {
  let j = v % TO4 * 4u + lane;
  if (j < TO) {
    for (var t = starts[j]; t < starts[j + 1u]; t++) {
      sum[lane] += weights[t] * x[row + indices[t]];
    }
  }
}
y[v] = sum;`;

function requireAlike(from: Layout, to: Layout, dimension: number): void {
  const others = (sizes: readonly number[]) => sizes.filter((_, dim) => dim !== dimension);
  if (
    equal(from.order, to.order) &&
    equal(others(from.extents), others(to.extents)) &&
    equal(others(from.shape), others(to.shape))
  ) {
    return;
  }
  throw new RangeError(
    `resample: [${from.shape}] in order ${from.order} and [${to.shape}] in order ${to.order} may differ in ` +
      `dimension ${dimension} only`,
  );
}

/** y in float64; dense row-major arrays. */
export function resampleOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  dimension: number,
  { to, starts, indices, weights }: Taps,
): Float64Array {
  const inner = elementCount(shape.slice(dimension + 1));
  const rows = elementCount(shape.slice(0, dimension));
  const y = new Float64Array(rows * to * inner);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < to; j++) {
      for (let t = starts[j]; t < starts[j + 1]; t++) {
        for (let k = 0; k < inner; k++) {
          y[(row * to + j) * inner + k] += weights[t] * x[(row * shape[dimension] + indices[t]) * inner + k];
        }
      }
    }
  }
  return y;
}
