/**
 * t-SNE by druidjs (exact gradients, its step compiled to WebAssembly), with the divergence of the result measured here.
 *
 * Gradient descent ends in one of many local minima, and their divergences differ by several percent. So a few starts
 * (the first two principal components, as scikit-learn, then seeded noise) run through the early phase, and the one
 * that diverges least is finished.
 */
import { anything, checkOptions, number, type OptionTable, whole } from '@glassbox/options';
import { TSNE } from '@saehrimnir/druidjs';
import { random } from '../metrics/random.ts';
import { pairwiseDistances } from '../metrics/separation.ts';
import { jointProbabilities, klDivergence } from './affinities.ts';
import { checkPoints, pca } from './pca.ts';

/** How to run {@link tsne}. */
export interface TsneOptions {
  /** Breaks the ties of the start: same seed, same picture. */
  seed?: number;
  /** Effective number of neighbours; lowered to (n - 1) / 3 where there are too few points. */
  perplexity?: number;
  iterations?: number;
  /** Layouts begun, of which the best is finished; by default as many as cost a few seconds (8, 3 or 1 by n). */
  starts?: number;
  /** Distances of all pairs (`pairwiseDistances`), where already known. */
  distances?: Float64Array;
  /** Coordinates [n, 2] to start from, where already known; else the points' first two principal components. */
  start?: ArrayLike<number>;
}

const optionNames: OptionTable<TsneOptions> = {
  seed: whole(0),
  perplexity: number,
  iterations: whole(0),
  starts: whole(1),
  distances: anything,
  start: anything,
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
/** Iterations after which starts are compared: druidjs ends exaggeration at 100 and raises momentum at 250. */
const EARLY = 250;

/**
 * @param points row-major [n, d]
 * @throws on fewer than 4 points, or values that are not finite
 */
export function tsne(points: Float32Array, n: number, d: number, options: TsneOptions = {}): TsneResult {
  checkOptions('tsne', options, optionNames);
  checkPoints('tsne', points, n, d);
  if (n < 4) throw new Error(`tsne: ${n} points have no neighbourhoods to keep; pass at least 4`);
  const iterations = options.iterations ?? 1000;
  const perplexity = Math.min(options.perplexity ?? 30, (n - 1) / 3);
  const squared = (options.distances ?? pairwiseDistances(points, n, d)).map(
    (distance) => distance * distance,
  );
  // Only ratios of distances matter: with a mean of 1 the search for each point's width starts near its end.
  const average = squared.reduce((sum, value) => sum + value, 0) / (n * (n - 1));
  if (average > 0) for (let i = 0; i < squared.length; i++) squared[i] /= average;

  const p = jointProbabilities(squared, n, perplexity);
  const rows = Array.from({ length: n }, (_, i) => squared.subarray(i * n, i * n + n));
  const seed = options.seed ?? 0;
  const starts = options.starts ?? (n <= 300 ? 8 : n <= 700 ? 3 : 1);
  const early = Math.min(EARLY, iterations);
  const begun = Array.from({ length: starts }, (_, s) => {
    const coordinates = s === 0 ? (options.start ?? pcaStart(points, n, d)) : undefined;
    const run = begin(rows, perplexity, startLayout(coordinates, n, seed * starts + s));
    run.transform(early);
    return { run, divergence: klDivergence(p, run.Y.values, n) };
  });
  const { run } = begun.reduce((best, one) => (one.divergence < best.divergence ? one : best));
  if (iterations > early) run.transform(iterations - early);
  const layout = Float64Array.from(run.Y.values);
  return { layout, klDivergence: klDivergence(p, layout, n), perplexity, iterations };
}

function begin(rows: Float64Array[], perplexity: number, start: Float64Array): TSNE<Float64Array[]> {
  const run = new TSNE(rows, {
    d: 2,
    perplexity,
    // Belkina et al. 2019, as scikit-learn's learning_rate='auto': n over early exaggeration over 4, at least 50.
    epsilon: Math.max(50, rows.length / 48),
    metric: 'precomputed',
  });
  run.Y.values.set(start);
  return run;
}

function pcaStart(points: Float32Array, n: number, d: number): ArrayLike<number> {
  if (d >= 2) return pca(points, n, d, 2).scores;
  return Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? points[i / 2] : 0));
}

/**
 * Coordinates scaled to the start's size plus seeded noise of a hundredth of it, so that equal points can part; without
 * coordinates, noise alone.
 */
function startLayout(coordinates: ArrayLike<number> | undefined, n: number, seed: number): Float64Array {
  const rng = random(seed);
  const noise = (): number => (rng.next() - 0.5) * START_SCALE;
  if (coordinates === undefined) return Float64Array.from({ length: 2 * n }, () => 2 * noise());
  let squares = 0;
  for (let i = 0; i < n; i++) squares += coordinates[2 * i] ** 2;
  const deviation = Math.sqrt(squares / n);
  return Float64Array.from(
    { length: 2 * n },
    (_, i) => 0.02 * noise() + (deviation > 0 ? (coordinates[i] / deviation) * START_SCALE : 0),
  );
}
