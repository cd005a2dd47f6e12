import { describe, expect, it } from 'vitest';
import {
  analyse,
  describeEmbedding,
  emptyResults,
  parsePracticalOptions,
  runPractical,
  tsne,
} from '../src/index.ts';

type Extra = Record<string, never>;

const points = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
const labels = Float32Array.from({ length: 12 }, (_, i) => i % 2);
const identity = { id: 'x', title: 'x', task: '1b', target: 'chest', seed: 0 } as never;

const calls: Record<string, (extra: Extra) => unknown> = {
  tsne: (extra) => tsne(points, 12, 2, { iterations: 1, ...extra }),
  describeEmbedding: (extra) => describeEmbedding(identity, points, 12, 2, { labels, ...extra }),
  analyse: (extra) => analyse(emptyResults({} as never), { ...extra }),
  runPractical: (extra) =>
    runPractical({ ...parsePracticalOptions([]), ...extra }, { signal: AbortSignal.abort(), note: () => {} }),
  'controls of runPractical': (extra) =>
    runPractical(parsePracticalOptions([]), { signal: AbortSignal.abort(), note: () => {}, ...extra }),
};

const run = async (call: () => unknown) => call();

describe('options of embeddings and runs', () => {
  it.each(Object.entries(calls))('%s refuses what does not exist', async (_, call) => {
    await expect(run(() => call({ xyzzy: 1 } as unknown as Extra))).rejects.toThrow(
      /there is no option 'xyzzy'/,
    );
  });

  it.each([
    [() => tsne(points, 12, 2, { n_iter: 5 } as never), /did you mean 'iterations'/],
    [() => tsne(points, 12, 2, { random_state: 5 } as never), /did you mean 'seed'/],
    [() => tsne(points, 12, 2, { iterations: 1.5 }), /iterations must be a whole number/],
  ])('%s', async (call, message) => {
    await expect(run(call)).rejects.toThrow(message);
  });
});
