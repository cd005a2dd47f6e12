import { readFileSync } from 'node:fs';
import { pairwiseDistances, random } from '@glassbox/metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareEmbeddings,
  describeEmbedding,
  jointProbabilities,
  klDivergence,
  linearCka,
  pca,
  tsne,
} from '../../src/embedding/index.ts';

// Recorded from scikit-learn by ../fixtures/record_embedding.py.
const at = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);
interface Case {
  name: string;
  n: number;
  d: number;
  perplexity: number;
  labels: number[];
  pca: {
    explainedVariance: number[];
    explainedVarianceRatio: number[];
    scores: number[];
    components: number[];
  };
  tsne: Record<string, number>;
  example: { layout: number[]; klDivergence: number };
  participationRatio: number;
  cka: { other: number[]; width: number; value: number };
}
const { cases } = JSON.parse(readFileSync(at('embedding.json'), 'utf8')) as { cases: Case[] };
const stored = readFileSync(at('embedding-points.f32'));
const all = new Float32Array(stored.buffer.slice(stored.byteOffset, stored.byteOffset + stored.byteLength));
let offset = 0;
const samples = cases.map((one) => {
  const points = all.slice(offset, offset + one.n * one.d);
  offset += points.length;
  return { ...one, points };
});
const [wide] = samples;

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0);
}

describe.each(samples)('PCA agrees with scikit-learn up to sign: $name', ({ points, n, d, ...expected }) => {
  const result = pca(points, n, d, 3);

  it('variances', () => {
    expect(worst(result.explainedVariance, expected.pca.explainedVariance)).toBeLessThan(1e-9);
    expect(worst(result.explainedVarianceRatio, expected.pca.explainedVarianceRatio)).toBeLessThan(1e-9);
  });

  it('directions and coordinates', () => {
    for (let c = 0; c < 3; c++) {
      const direction = result.components.subarray(c * d, c * d + d);
      const reference = expected.pca.components.slice(c * d, c * d + d);
      const sign = Math.sign(direction.reduce((sum, value, j) => sum + value * reference[j], 0));
      expect(
        worst(
          direction.map((value) => sign * value),
          reference,
        ),
      ).toBeLessThan(1e-9);
      const column = (values: ArrayLike<number>): number[] =>
        Array.from({ length: n }, (_, i) => values[i * 3 + c]);
      const signed = column(result.scores).map((value) => sign * value);
      expect(worst(signed, column(expected.pca.scores))).toBeLessThan(1e-9);
      const largest = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      expect(largest).toBeGreaterThan(0);
    }
  });
});

describe.each(samples)('t-SNE: $name', ({ points, n, d, perplexity, ...expected }) => {
  it('measures the divergence of a given layout as scikit-learn does', () => {
    const squared = pairwiseDistances(points, n, d).map((distance) => distance * distance);
    const p = jointProbabilities(squared, n, perplexity);
    expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
    const divergence = klDivergence(p, expected.example.layout, n);
    // scikit-learn searches its widths to 1e-5 in float32, this project to 1e-8.
    expect(Math.abs(divergence - expected.example.klDivergence)).toBeLessThan(1e-4);
  });

  it("diverges no more than scikit-learn's layouts", () => {
    const result = tsne(points, n, d, { perplexity, seed: 0 });
    for (const [how, divergence] of Object.entries(expected.tsne)) {
      expect(result.klDivergence, how).toBeLessThanOrEqual(divergence + 1e-4);
    }
  });
});

describe('t-SNE', () => {
  const { points, n, d } = wide;
  it('gives the same bits for the same seed, other bits for another', () => {
    const run = (seed: number): Float64Array => tsne(points, n, d, { seed, iterations: 60 }).layout;
    expect(run(3)).toEqual(run(3));
    expect(run(4)).not.toEqual(run(3));
  });

  it('lays out the 600 points of 512 dimensions of a test set', { timeout: 60_000 }, () => {
    const many = Float32Array.from(
      { length: 600 * 512 },
      (_, i) => Math.sin(i * i * 0.37) + Math.floor(i / 512 / 200),
    );
    const { layout } = tsne(many, 600, 512, { iterations: 300, starts: 1 });
    expect(layout.every(Number.isFinite)).toBe(true);
  });

  it('goes on from a layout of the points as they were before: they can be followed, and fit better', () => {
    const before = tsne(points, n, d, { iterations: 500 }).layout;
    const noise = random(9);
    const moved = points.map((value) => value + 0.1 * (noise.next() - 0.5));
    const from = before.slice();
    const after = tsne(moved, n, d, { from, iterations: 250 });
    expect(from).toEqual(before);
    expect(tsne(moved, n, d, { from, iterations: 250 })).toEqual(after);
    const size = (values: Float64Array) => Math.hypot(...values);
    expect(size(after.layout.map((value, i) => value - before[i]))).toBeLessThan(0.5 * size(before));
    expect(after.klDivergence).toBeLessThan(tsne(moved, n, d, { from, iterations: 1 }).klDivergence);
  });

  it('copes with equal points, and asks for fewer neighbours where there are few points', () => {
    const equal = new Float32Array(20 * 6).fill(2);
    const result = tsne(equal, 20, 6, { iterations: 50 });
    expect(result.layout.every(Number.isFinite)).toBe(true);
    expect(result.perplexity).toBeCloseTo(19 / 3, 12);
  });

  // Numbers as float32 has them: ordinary, near its largest and its smallest, of all sizes, in two heaps, all equal.
  const kinds = {
    ordinary: fc.double({ min: -1, max: 1, noNaN: true }),
    huge: fc.double({ min: -3.4e38, max: 3.4e38, noNaN: true }),
    denormal: fc.integer({ min: -5, max: 5 }).map((units) => units * 2 ** -149),
    'of all sizes': fc
      .tuple(fc.integer({ min: -149, max: 127 }), fc.boolean())
      .map(([e, s]) => (s ? -1 : 1) * 2 ** e),
    'in two heaps': fc.constantFrom(0, 1e30),
    equal: fc.constant(7),
  };
  const cloud = (value: fc.Arbitrary<number>, least: number) =>
    fc.tuple(fc.integer({ min: least, max: 12 }), fc.integer({ min: 1, max: 5 })).chain(([n, d]) =>
      fc.record({
        n: fc.constant(n),
        d: fc.constant(d),
        points: fc
          .array(value, { minLength: n * d, maxLength: n * d })
          .map((values) => Float32Array.from(values)),
      }),
    );

  it.each(Object.entries(kinds))('lays out few points without NaN, and none fly off: %s', (_, value) => {
    fc.assert(
      fc.property(cloud(value, 4), fc.double({ min: 0, max: 1, noNaN: true }), ({ n, d, points }, share) => {
        for (const perplexity of [undefined, 1, 1 + share * (n - 2), n - 1]) {
          const result = tsne(points, n, d, { perplexity, iterations: 260, starts: 2 });
          expect(Math.max(...result.layout.map(Math.abs))).toBeLessThan(1e5);
          expect(result.klDivergence).toBeGreaterThanOrEqual(-1e-9);
          expect(result.klDivergence).toBeLessThan(10);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('parts four points, in each of 60 draws', () => {
    for (let seed = 0; seed < 60; seed++) {
      const rng = random(seed);
      const { layout } = tsne(Float32Array.from({ length: 4 * 5 }, rng.next), 4, 5, { seed });
      const gaps = pairwiseDistances(layout, 4, 2).filter((_, i) => i % 5 !== 0);
      expect(Math.min(...gaps), `draw ${seed}`).toBeGreaterThan(1e-3);
    }
  });

  it.each(Object.entries(kinds))('principal components give the points back, without NaN: %s', (_, value) => {
    fc.assert(
      fc.property(cloud(value, 2), ({ n, d, points }) => {
        const k = Math.min(n, d);
        const { scores, components, explainedVariance, explainedVarianceRatio } = pca(points, n, d, k);
        for (const variance of explainedVariance) expect(variance).toBeGreaterThanOrEqual(0);
        for (const share of explainedVarianceRatio) expect(share).toBeLessThanOrEqual(1 + 1e-12);
        const largest = Math.max(...points.map(Math.abs));
        for (let j = 0; j < d; j++) {
          let mean = 0;
          for (let i = 0; i < n; i++) mean += points[i * d + j] / n;
          for (let i = 0; i < n; i++) {
            let back = mean;
            for (let c = 0; c < k; c++) back += scores[i * k + c] * components[c * d + j];
            expect(Math.abs(back - points[i * d + j])).toBeLessThanOrEqual(1e-12 * largest);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  const some = Float32Array.from({ length: 20 * 3 }, (_, i) => Math.sin(i));
  it.each<[string, () => unknown, RegExp]>([
    ...[0, -1, 0.5, Number.NaN, 19.5, 20, 30, Number.POSITIVE_INFINITY].map(
      (perplexity): [string, () => unknown, RegExp] => [
        `perplexity ${perplexity}`,
        () => tsne(some, 20, 3, { perplexity }),
        Number.isFinite(perplexity)
          ? new RegExp(`perplexity ${perplexity} with 20 points.* 1 to 19 here`)
          : new RegExp(`perplexity must be a finite number, not ${perplexity}`),
      ],
    ),
    ...[0, 1, 2, 3].map((count): [string, () => unknown, RegExp] => [
      `${count} points`,
      () => tsne(some.subarray(0, count * 3), count, 3),
      /pass at least/,
    ]),
    [
      'no iterations',
      () => tsne(some, 20, 3, { iterations: 0 }),
      /iterations must be a whole number above 0, not 0/,
    ],
    [
      'iterations that are not a number',
      () => tsne(some, 20, 3, { iterations: Number.NaN }),
      /iterations must be a whole number above 0, not NaN/,
    ],
    ['no starts', () => tsne(some, 20, 3, { starts: 0 }), /starts must be a whole number above 0, not 0/],
    [
      'half a start',
      () => tsne(some, 20, 3, { starts: 1.5 }),
      /starts must be a whole number above 0, not 1.5/,
    ],
    [
      'a seed that is not a number',
      () => tsne(some, 20, 3, { seed: Number.NaN }),
      /seed must be a whole number of 0 or more, not NaN/,
    ],
    ['a start of other points', () => tsne(some, 20, 3, { start: [1, 2] }), /2 coordinates for 20 points/],
    [
      'a start of NaN',
      () => tsne(some, 20, 3, { start: new Float64Array(40).fill(Number.NaN) }),
      /start: value 0/,
    ],
    ['a layout of other points', () => tsne(some, 20, 3, { from: [1] }), /'from' has 1 coordinates for 20/],
    [
      'distances of others',
      () => tsne(some, 20, 3, { distances: new Float64Array(9) }),
      /9 distances for 20/,
    ],
    [
      'distances of NaN',
      () => tsne(some, 20, 3, { distances: new Float64Array(400).fill(Number.NaN) }),
      /points 0 and 0 is NaN/,
    ],
    ['NaN', () => tsne(new Float32Array([1, 2, 3, Number.NaN]), 2, 2), /point 1 has NaN in dimension 1/],
    [
      'Infinity',
      () => pca(new Float32Array([1, 2, 3, Number.POSITIVE_INFINITY]), 2, 2, 1),
      /point 1 has Infinity/,
    ],
    ['no point', () => pca(new Float32Array(0), 0, 3, 1), /at least 2 points/],
    ['one point', () => pca(new Float32Array(3), 1, 3, 1), /at least 2 points/],
    ['half a point', () => pca(new Float32Array(5), 2.5, 2, 1), /number of points is 2.5/],
    ['no dimension', () => pca(new Float32Array(0), 4, 0, 1), /number of dimensions is 0/],
    [
      'more components than dimensions',
      () => pca(some, 20, 3, 4),
      /4 components of \[20,3\]; ask for 1 to 3/,
    ],
    ['more components than points', () => pca(some, 3, 20, 4), /ask for 1 to 3/],
    ['no component', () => pca(some, 20, 3, 0), /0 components/],
    ['components that are not a number', () => pca(some, 20, 3, Number.NaN), /NaN components/],
    ['an alignment of one point', () => linearCka(some, 60, some, 60, 1), /at least 2 points/],
    [
      'an alignment with NaN',
      () => linearCka(some, 3, new Float32Array(60).fill(Number.NaN), 3, 20),
      /has NaN/,
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('describing and comparing embeddings', () => {
  const identity = { id: '2b-trainable', title: 'b', task: '2b', target: 'pneumonia', seed: 1 } as const;

  it('measures in the full space and keeps pictures of it', () => {
    const { points, n, d, labels } = wide;
    const brightness = Array.from({ length: n }, (_, i) => points[i * d]);
    const situation = describeEmbedding(identity, points, n, d, { labels, brightness, iterations: 100 });
    expect(situation.pca.xy).toHaveLength(2 * n);
    expect(situation.tsne.xy).toHaveLength(2 * n);
    expect(situation.effectiveDimensions).toBeCloseTo(wide.participationRatio, 8);
    expect(situation.deadShare).toBeCloseTo(1 / d, 12);
    expect(situation.separation.probeAuc).toBeGreaterThan(0.5);
    expect(Math.abs(situation.correlation.brightness![0])).toBeLessThanOrEqual(1);
    expect(() => describeEmbedding(identity, points, n, d, { labels: [0, 1] })).toThrow(
      /2 labels for 220 points/,
    );
  });

  it('survives a collapsed net: all embeddings equal', () => {
    const situation = describeEmbedding(identity, new Float32Array(30 * 4).fill(1), 30, 4, {
      labels: Array.from({ length: 30 }, (_, i) => i % 2),
      iterations: 20,
    });
    expect(situation.deadShare).toBe(1);
    expect(situation.effectiveDimensions).toBe(0);
    expect(situation.pca.explainedVarianceRatio.every((share) => share === 0)).toBe(true);
    expect(situation.separation.probeAuc).toBe(0.5);
  });

  it.each(samples)('linear CKA agrees with numpy: $name', ({ points, n, d, cka }) => {
    expect(linearCka(points, d, Float32Array.from(cka.other), cka.width, n)).toBeCloseTo(cka.value, 9);
  });

  it('an embedding equals itself rotated and scaled, and not a shuffled one', () => {
    const { points, n, d } = wide;
    const rotated = new Float32Array(n * d);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < d; j++) rotated[i * d + ((j + 5) % d)] = -3 * points[i * d + j];
    const shuffled = new Float32Array(n * d);
    for (let i = 0; i < n; i++) shuffled.set(points.subarray(i * d, i * d + d), ((i * 91 + 17) % n) * d);
    const named = { a: points, b: rotated, c: shuffled };
    const pairs = compareEmbeddings(
      Object.entries(named).map(([id, own]) => ({ id, points: own, d })),
      n,
    );
    expect(pairs.map(({ a, b }) => a + b)).toEqual(['ab', 'ac', 'bc']);
    const [alike, unlike] = pairs;
    expect(alike.cka).toBe(linearCka(points, d, rotated, d, n));
    expect(alike.cka).toBeCloseTo(1, 6);
    expect(alike.neighbourOverlap).toBeCloseTo(1, 2);
    expect(unlike.cka).toBeLessThan(0.5);
    expect(unlike.neighbourOverlap).toBeLessThan(0.2);
  });
});
