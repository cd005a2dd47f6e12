/** One embedding in numbers and pictures, and two embeddings of the same points compared. */

import {
  gramMatrix,
  measureSeparation,
  neighbourOverlap,
  pairwiseDistances,
  pearson,
} from '@glassbox/metrics';
import { anything, checkOptions, number, type OptionTable, required, whole } from '@glassbox/options';
import type { EmbeddingSimilarity, EmbeddingSituation } from '../report/results.ts';
import { centre, checkPoints, pca } from './pca.ts';
import { tsne } from './tsne.ts';

/** What identifies a situation in the run. */
export type SituationIdentity = Pick<EmbeddingSituation, 'id' | 'title' | 'task' | 'target' | 'seed' | 'net'>;

/** Input of {@link describeEmbedding}. */
export interface DescribeOptions {
  /** 0/1 for each point. */
  labels: ArrayLike<number>;
  /** Mean brightness of each image, where known: shows how much of the spread is exposure and not disease. */
  brightness?: ArrayLike<number>;
  perplexity?: number;
  iterations?: number;
  /** Starts of t-SNE (see `TsneOptions`); 1 where time is short. */
  starts?: number;
  /** Seed of t-SNE's start and of the probe's folds; the run's own seed is in the identity. */
  seed?: number;
  /** Neighbours of the k-NN score. */
  k?: number;
}

const optionNames: OptionTable<DescribeOptions> = {
  labels: required(anything),
  brightness: anything,
  perplexity: number,
  iterations: whole(0),
  starts: whole(1),
  seed: whole(0),
  k: whole(1),
};

/**
 * Reduces an embedding [n, d] with PCA and t-SNE and measures how well the classes separate in the full space.
 *
 * @throws on fewer than 4 points, one class only, or what {@link tsne} and {@link measureSeparation} refuse
 */
export function describeEmbedding(
  identity: SituationIdentity,
  points: Float32Array,
  n: number,
  d: number,
  options: DescribeOptions,
): EmbeddingSituation {
  checkOptions('describeEmbedding', options, optionNames);
  if (options.labels.length !== n) {
    throw new Error(`describeEmbedding: ${options.labels.length} labels for ${n} points of ${identity.id}`);
  }
  const { labels, seed = 0 } = options;
  const distances = pairwiseDistances(points, n, d);
  const reduced = pca(points, n, d, 2);
  const layout = tsne(points, n, d, {
    seed,
    perplexity: options.perplexity,
    iterations: options.iterations,
    starts: options.starts,
    distances,
    start: reduced.scores,
  });
  const axis = (c: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => reduced.scores[2 * i + c]);
  const against = (values: ArrayLike<number>): [number, number] => [
    pearson(axis(0), values),
    pearson(axis(1), values),
  ];
  return {
    ...identity,
    n,
    d,
    pca: {
      xy: compact(reduced.scores),
      explainedVarianceRatio: Array.from(reduced.explainedVarianceRatio.slice(0, 10), (share) =>
        compactNumber(share),
      ),
    },
    tsne: {
      xy: compact(layout.layout),
      klDivergence: layout.klDivergence,
      perplexity: layout.perplexity,
      iterations: layout.iterations,
    },
    separation: measureSeparation(points, labels, d, distances, { k: options.k, seed }),
    deadShare: deadShare(points, n, d),
    effectiveDimensions: participationRatio(reduced.explainedVariance),
    correlation: {
      ...(options.brightness === undefined ? {} : { brightness: against(options.brightness) }),
      label: against(labels),
    },
  };
}

/** One of those that {@link compareEmbeddings} compares. */
export interface NamedEmbedding {
  id: string;
  /** Row-major [n, d]. */
  points: Float32Array;
  d: number;
}

/** How alike each two embeddings of the same n points are, pair by pair in their order; widths may differ. */
export function compareEmbeddings(
  embeddings: readonly NamedEmbedding[],
  n: number,
  k = 10,
): EmbeddingSimilarity[] {
  const neighbours = Math.min(k, n - 1);
  // Both are large, and each is needed for every pair that its embedding is in.
  const measured = embeddings.map(({ id, points, d }) => ({
    id,
    gram: centredGram(points, n, d),
    distances: pairwiseDistances(points, n, d),
  }));
  return measured.flatMap((a, i) =>
    measured.slice(i + 1).map((b) => ({
      a: a.id,
      b: b.id,
      cka: alignment(a.gram, b.gram),
      neighbourOverlap: neighbourOverlap(a.distances, b.distances, n, neighbours),
      k: neighbours,
    })),
  );
}

/**
 * Linear centred kernel alignment <K, L> / (|K| |L|) of the centred Gram matrices (Kornblith et al., ICML 2019).
 * 0 where one embedding is constant.
 *
 * @throws on fewer than 2 points, or values that do not fit or are not finite
 */
export function linearCka(a: Float32Array, dA: number, b: Float32Array, dB: number, n: number): number {
  return alignment(centredGram(a, n, dA), centredGram(b, n, dB));
}

function alignment(gramA: Float64Array, gramB: Float64Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < gramA.length; i++) {
    ab += gramA[i] * gramB[i];
    aa += gramA[i] * gramA[i];
    bb += gramB[i] * gramB[i];
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

function centredGram(points: Float32Array, n: number, d: number): Float64Array {
  checkPoints('linearCka', points, n, d);
  return gramMatrix(centre(points, n, d), n, d);
}

function deadShare(points: Float32Array, n: number, d: number): number {
  let dead = 0;
  for (let j = 0; j < d; j++) {
    let alive = false;
    for (let i = 1; i < n && !alive; i++) alive = points[i * d + j] !== points[j];
    if (!alive) dead++;
  }
  return dead / d;
}

/** (sum l)^2 / sum l^2: k equal directions give k. */
function participationRatio(variances: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of variances) {
    sum += value;
    squares += value * value;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

/** Six digits are more than a picture needs, and keep results.json small. */
function compactNumber(value: number): number {
  return Number(value.toPrecision(6));
}

function compact(values: Float64Array): number[] {
  return Array.from(values, compactNumber);
}
