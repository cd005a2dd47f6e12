import { describe, expect, it } from 'vitest';
import {
  analyse,
  bootstrapInterval,
  describeEmbedding,
  emptyResults,
  measureSeparation,
  parsePracticalOptions,
  runPractical,
  tsne,
} from '../src/index.ts';

type Extra = Record<string, never>;

const points = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
const labels = Float32Array.from({ length: 12 }, (_, i) => i % 2);
const distances = new Float64Array(144);
const identity = { id: 'x', title: 'x', task: '1b', target: 'chest', seed: 0 } as never;

const calls: Record<string, (extra: Extra) => unknown> = {
  tsne: (extra) => tsne(points, 12, 2, { iterations: 1, ...extra }),
  describeEmbedding: (extra) => describeEmbedding(identity, points, 12, 2, { labels, ...extra }),
  measureSeparation: (extra) => measureSeparation(points, labels, 2, distances, { ...extra }),
  bootstrapInterval: (extra) => bootstrapInterval(3, () => 1, { ...extra }),
  analyse: (extra) => analyse(emptyResults({} as never), { ...extra }),
  runPractical: (extra) =>
    runPractical({ ...parsePracticalOptions([]), ...extra }, { signal: AbortSignal.abort(), note: () => {} }),
  'controls of runPractical': (extra) =>
    runPractical(parsePracticalOptions([]), { signal: AbortSignal.abort(), note: () => {}, ...extra }),
};

const run = async (call: () => unknown) => call();

describe('options of embeddings, scores and runs', () => {
  it.each(Object.entries(calls))('%s refuses what does not exist', async (_, call) => {
    await expect(run(() => call({ xyzzy: 1 } as unknown as Extra))).rejects.toThrow(
      /there is no option 'xyzzy'/,
    );
  });

  it.each([
    [() => tsne(points, 12, 2, { n_iter: 5 } as never), /did you mean 'iterations'/],
    [() => tsne(points, 12, 2, { random_state: 5 } as never), /did you mean 'seed'/],
    [() => tsne(points, 12, 2, { iterations: 1.5 }), /iterations must be a whole number/],
    [() => bootstrapInterval(3, () => 1, { level: 95 }), /level must be a number from 0 to 1, not 95/],
    [() => bootstrapInterval(3, () => 1, { resamples: 0 }), /resamples must be a whole number above 0/],
    [() => measureSeparation(points, labels, 2, distances, { folds: 1 }), /folds must be/],
  ])('%s', async (call, message) => {
    await expect(run(call)).rejects.toThrow(message);
  });
});
