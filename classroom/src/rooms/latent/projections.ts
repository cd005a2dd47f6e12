/** Embeddings of many epochs in one plane. Knows no page and no device. */
import { pca, tsne } from '@glassbox/experiments/embedding';
import { pairwiseDistances } from '@glassbox/metrics';

/** Where the images of an epoch lie: x and y of each. */
export type Layout = Float64Array;

/** Two directions in the space of embeddings. */
export interface Plane {
  /** Row-major [2, features]: unit vectors. */
  readonly directions: Float64Array;
}

/** The first two principal components of an embedding. */
export function planeOf(embedding: Float32Array, count: number): Plane {
  const width = embedding.length / count;
  if (width === 1) return { directions: Float64Array.of(1, 0) };
  return { directions: pca(embedding, count, width, 2).components };
}

export interface Projected {
  readonly layout: Layout;
  /** Shares of the embedding's variance that lie along the two directions. */
  readonly shares: readonly [number, number];
  /** The embedding's standard deviation in the space of all features: how far images lie from their mean. */
  readonly spread: number;
}

/** An embedding on a plane, centred on its own mean. */
export function project(embedding: Float32Array, count: number, { directions }: Plane): Projected {
  const width = embedding.length / count;
  const mean = new Float64Array(width);
  for (let i = 0; i < embedding.length; i++) mean[i % width] += embedding[i] / count;
  const layout = new Float64Array(2 * count);
  let total = 0;
  const along = [0, 0];
  for (let n = 0; n < count; n++) {
    for (let j = 0; j < width; j++) {
      const value = embedding[n * width + j] - mean[j];
      total += value * value;
      layout[2 * n] += value * directions[j];
      layout[2 * n + 1] += value * (directions[width + j] ?? 0);
    }
    along[0] += layout[2 * n] ** 2;
    along[1] += layout[2 * n + 1] ** 2;
  }
  return {
    layout,
    shares: [along[0] / (total || 1), along[1] / (total || 1)],
    spread: Math.sqrt(total / count),
  };
}

/** t-SNE takes no fewer. */
export const fewestForTsne = 4;
/** Iterations from nothing, and from the epoch before. */
const iterations = { first: 600, next: 250 };

export interface Neighbourhoods {
  readonly layout: Layout;
  /** In nats. */
  readonly klDivergence: number;
  readonly perplexity: number;
  /** Row-major [images, k]: the nearest other images in the space of all features, the nearest first. */
  readonly neighbours: Uint16Array;
}

/**
 * t-SNE of an epoch, from the layout of the epoch before, so that one can follow the points; and each image's
 * nearest neighbours. The same embeddings give the same layout every time.
 * @param start where the first epoch begins: its principal components.
 */
export function neighbourhoodsOf(
  embedding: Float32Array,
  count: number,
  before: Layout | undefined,
  start: Layout,
): Neighbourhoods {
  const width = embedding.length / count;
  const distances = pairwiseDistances(embedding, count, width);
  const begin = before
    ? { from: before, iterations: iterations.next }
    : { start, iterations: iterations.first };
  const { layout, klDivergence, perplexity } = tsne(embedding, count, width, {
    seed: 0,
    starts: 1,
    distances,
    ...begin,
  });
  return { layout, klDivergence, perplexity, neighbours: nearest(distances, count) };
}

export const neighbourCount = 5;

/** The nearest others of each point; of equally near ones the first. */
export function nearest(distances: Float64Array, count: number): Uint16Array {
  const k = Math.min(neighbourCount, count - 1);
  const found = new Uint16Array(count * k);
  for (let n = 0; n < count; n++) {
    const others = Array.from({ length: count }, (_, m) => m).filter((m) => m !== n);
    others.sort((a, b) => distances[n * count + a] - distances[n * count + b] || a - b);
    found.set(others.slice(0, k), n * k);
  }
  return found;
}
