/**
 * The two ends of t-SNE (van der Maaten and Hinton, JMLR 2008) that one needs to judge an embedding: the joint
 * probabilities P of the points in their own space, and the divergence of a 2-D layout from them.
 */

import { checkDistances, portableMath } from '@glassbox/metrics';

const { exp, log } = portableMath;

/** Entropy may miss its target by this much (scikit-learn: 1e-5). */
const ENTROPY_TOLERANCE = 1e-8;

/**
 * Joint probabilities: Gaussian neighbourhoods whose width gives each point the asked perplexity, symmetrised,
 * p_ij = (p_j|i + p_i|j) / 2n. Full matrix [n, n], zero diagonal, sum 1.
 *
 * @param squaredDistances [n, n]
 * @param perplexity 1 (only the nearest counts) to n - 1 (all others count alike); no width of a neighbourhood gives
 *   another
 * @throws on fewer than 2 points, another perplexity, or distances that are not finite
 */
export function jointProbabilities(
  squaredDistances: Float64Array,
  n: number,
  perplexity: number,
): Float64Array {
  checkDistances('t-SNE', squaredDistances, n);
  if (n < 2) throw new Error(`t-SNE: ${n} points have no neighbours; pass at least 2`);
  if (!(perplexity >= 1 && perplexity <= n - 1)) {
    throw new Error(
      `t-SNE: perplexity ${perplexity} with ${n} points; it is the number of neighbours that count: 1 to ${n - 1} here`,
    );
  }
  const target = log(perplexity);
  const p = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const distances = squaredDistances.subarray(i * n, i * n + n);
    // Subtracting the nearest distance changes nothing but keeps exp from vanishing for all neighbours.
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j++) if (j !== i) nearest = Math.min(nearest, distances[j]);
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let beta = 1;
    let sum = 0;
    // Doubling to 1e250 takes 830 tries: points in groups that lie very far apart need widths of very many sizes.
    for (let tries = 0; tries < 1000; tries++) {
      sum = 0;
      let weighted = 0;
      for (let j = 0; j < n; j++) {
        const gap = distances[j] - nearest;
        row[j] = j === i ? 0 : exp(-gap * beta);
        sum += row[j];
        weighted += row[j] * gap;
      }
      const entropy = log(sum) + (beta * weighted) / sum;
      if (Math.abs(entropy - target) <= ENTROPY_TOLERANCE) break;
      if (entropy > target) low = beta;
      else high = beta;
      const next = high === Number.POSITIVE_INFINITY ? beta * 2 : (low + high) / 2;
      if (next === beta) break;
      beta = next;
      // Equal distances: no width reaches the target, and doubling for ever would end in 0 * Infinity.
      if (beta > 1e250) break;
    }
    for (let j = 0; j < n; j++) {
      const half = row[j] / sum / (2 * n);
      p[i * n + j] += half;
      p[j * n + i] += half;
    }
  }
  return p;
}

/**
 * Kullback-Leibler divergence sum p log(p/q) in nats of a layout [n, 2], q from a Student t kernel with one degree of
 * freedom, over all pairs.
 */
export function klDivergence(p: Float64Array, layout: ArrayLike<number>, n: number): number {
  let total = 0;
  const kernel = (i: number, j: number): number =>
    1 / (1 + (layout[2 * i] - layout[2 * j]) ** 2 + (layout[2 * i + 1] - layout[2 * j + 1]) ** 2);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) total += 2 * kernel(i, j);
  let divergence = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const pij = p[i * n + j];
      if (pij > 0) divergence += 2 * pij * log((pij * total) / kernel(i, j));
    }
  }
  return divergence;
}
