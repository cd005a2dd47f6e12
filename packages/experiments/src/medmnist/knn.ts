/** The nearest training images vote. */
import type { Outputs } from '@glassbox/nn';

/** The features of some images, [n, width] row-major. */
export type Features = Pick<Outputs, 'values' | 'width'>;

/**
 * Shares of the k nearest images, by Euclidean distance, that have each class or finding: [queries, outputs] as
 * float32. Of images at the same distance the first counts.
 *
 * @param labels of the images: a class for each, or 0/1 for each finding ([n, outputs])
 */
export function neighbourShares(
  images: Features,
  queries: Features,
  {
    labels,
    outputs,
    multiLabel,
    k,
  }: {
    readonly labels: Uint8Array;
    readonly outputs: number;
    readonly multiLabel: boolean;
    readonly k: number;
  },
): Float32Array {
  const count = images.values.length / images.width;
  const votes = Math.min(k, count);
  const asked = queries.values.length / queries.width;
  const shares = new Float32Array(asked * outputs);
  for (let query = 0; query < asked; query++) {
    const nearest = nearestRows(
      images,
      queries.values.subarray(query * queries.width, (query + 1) * queries.width),
      votes,
    );
    for (let output = 0; output < outputs; output++) {
      const has = (row: number) =>
        multiLabel ? labels[row * outputs + output] === 1 : labels[row] === output;
      shares[query * outputs + output] = nearest.filter(has).length / votes;
    }
  }
  return shares;
}

/** Row numbers of the nearest images, the nearest first. */
function nearestRows({ values, width }: Features, query: Float32Array, votes: number): number[] {
  const rows: number[] = [];
  const distances: number[] = [];
  for (let row = 0; row * width < values.length; row++) {
    const worst = rows.length < votes ? Number.POSITIVE_INFINITY : distances[votes - 1];
    let distance = 0;
    for (let d = 0, at = row * width; d < width; d++, at++) distance += (values[at] - query[d]) ** 2;
    if (!(distance < worst)) continue;
    let place = distances.findIndex((other) => distance < other);
    if (place < 0) place = distances.length;
    distances.splice(place, 0, distance);
    rows.splice(place, 0, row);
    if (rows.length > votes) {
      rows.pop();
      distances.pop();
    }
  }
  return rows;
}
