/**
 * t-SNE (van der Maaten and Hinton, JMLR 2008) in the plane, with the divergence of the result.
 *
 * Gradient descent ends in one of many local minima, and their divergences differ by several percent. So a few starts
 * (the first two principal components, as scikit-learn, then seeded noise) run through the early phase, and the one
 * that diverges least is finished.
 */

import { checkDistances, checkFinite, pairwiseDistances, random } from '@glassbox/metrics';
import { anything, checkOptions, number, type OptionTable, whole } from '@glassbox/options';
import { jointProbabilities, klDivergence } from './affinities.ts';
import { Descent, EARLY } from './descent.ts';
import { checkPoints, pca } from './pca.ts';

/** How to run {@link tsne}. */
export interface TsneOptions {
  /** Breaks the ties of the start: same seed, same picture. */
  seed?: number;
  /** Effective number of neighbours, 1 to n - 1; by default 30, or (n - 1) / 3 where that is less. */
  perplexity?: number;
  /** 1000 by default. */
  iterations?: number;
  /** Layouts begun, of which the best is finished; by default as many as cost a few seconds (8, 3 or 1 by n). */
  starts?: number;
  /** Distances of all pairs (`pairwiseDistances`), where already known. */
  distances?: Float64Array;
  /** Coordinates [n, 2] to start from, where already known; else the points' first two principal components. */
  start?: ArrayLike<number>;
  /**
   * A layout [n, 2] of the same points to go on from, as another call gave it (of their embeddings an epoch before): it
   * keeps its size and is not exaggerated, so that one can follow the points. In place of `start` and `starts`.
   */
  from?: ArrayLike<number>;
}

const optionNames: OptionTable<TsneOptions> = {
  seed: whole(0),
  perplexity: number,
  iterations: whole(1),
  starts: whole(1),
  distances: anything,
  start: anything,
  from: anything,
};

/** A layout of n points in the plane. */
export interface TsneResult {
  /** Row-major [n, 2]. */
  layout: Float64Array;
  /** Kullback-Leibler divergence from the points' own neighbourhoods, in nats; lower is better. */
  klDivergence: number;
  /** As used. */
  perplexity: number;
  iterations: number;
}

/** Standard deviation of the starting layout along its first axis (scikit-learn's choice). */
const START_SCALE = 1e-4;

/**
 * @param points row-major [n, d]
 * @throws on fewer than 4 points, values that are not finite, a perplexity outside [1, n - 1], or options that are not
 *   whole numbers or do not fit n
 */
export function tsne(points: Float32Array, n: number, d: number, options: TsneOptions = {}): TsneResult {
  checkOptions('tsne', options, optionNames);
  checkPoints('tsne', points, n, d);
  if (n < 4) throw new Error(`tsne: ${n} points have no neighbourhoods to keep; pass at least 4`);
  const { seed = 0, iterations = 1000, starts = n <= 300 ? 8 : n <= 700 ? 3 : 1 } = options;
  const perplexity = options.perplexity ?? Math.min(30, (n - 1) / 3);
  const { from } = options;
  for (const [name, layout] of Object.entries({ start: options.start, from })) {
    if (layout === undefined) continue;
    checkFinite(`tsne: ${name}`, layout);
    if (layout.length !== 2 * n) {
      throw new Error(`tsne: '${name}' has ${layout.length} coordinates for ${n} points; pass [${n},2]`);
    }
  }
  const distances = options.distances ?? pairwiseDistances(points, n, d);
  checkDistances('tsne', distances, n);
  // Only ratios of distances matter: with a largest one of 1 no square overflows or vanishes.
  const largest = distances.reduce((most, distance) => Math.max(most, distance), 0);
  const squared = distances.map((distance) => (largest > 0 ? (distance / largest) ** 2 : 0));
  // With a mean of 1 the search for each point's width starts near its end.
  const average = squared.reduce((sum, value) => sum + value, 0) / (n * (n - 1));
  if (average > 0) for (let i = 0; i < squared.length; i++) squared[i] /= average;

  const p = jointProbabilities(squared, n, perplexity);
  if (from) {
    const run = new Descent(p, Float64Array.from(from), n, true);
    run.run(iterations);
    return { layout: run.layout, klDivergence: klDivergence(p, run.layout, n), perplexity, iterations };
  }
  const early = Math.min(EARLY, iterations);
  const begun = Array.from({ length: starts }, (_, s) => {
    const coordinates = s === 0 ? (options.start ?? pcaStart(points, n, d)) : undefined;
    const run = new Descent(p, startLayout(coordinates, n, seed * starts + s), n);
    run.run(early);
    return { run, divergence: klDivergence(p, run.layout, n) };
  });
  const { run } = begun.reduce((best, one) => (one.divergence < best.divergence ? one : best));
  run.run(iterations - early);
  return { layout: run.layout, klDivergence: klDivergence(p, run.layout, n), perplexity, iterations };
}

function pcaStart(points: Float32Array, n: number, d: number): ArrayLike<number> {
  if (d >= 2) return pca(points, n, d, 2).scores;
  const { scores } = pca(points, n, 1, 1);
  return Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? scores[i / 2] : 0));
}

/**
 * Coordinates scaled to the start's size along their longer axis, plus seeded noise of a hundredth of it, so that equal
 * points can part; noise alone without coordinates, or where they are all 0.
 */
function startLayout(coordinates: ArrayLike<number> | undefined, n: number, seed: number): Float64Array {
  const rng = random(seed);
  const noise = (): number => (rng.next() - 0.5) * START_SCALE;
  let largest = 0;
  for (let i = 0; coordinates && i < 2 * n; i++) largest = Math.max(largest, Math.abs(coordinates[i]));
  if (coordinates === undefined || largest === 0) {
    return Float64Array.from({ length: 2 * n }, () => 2 * noise());
  }
  const squares = [0, 0];
  for (let i = 0; i < 2 * n; i++) squares[i % 2] += (coordinates[i] / largest) ** 2;
  const scale = START_SCALE / Math.sqrt(Math.max(...squares) / n);
  return Float64Array.from({ length: 2 * n }, (_, i) => 0.02 * noise() + (coordinates[i] / largest) * scale);
}
