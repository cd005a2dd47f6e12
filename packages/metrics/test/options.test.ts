import { describe, expect, it } from 'vitest';
import { bootstrapInterval, evaluateRow, measureSeparation, resampleCounts } from '../src/index.ts';

type Extra = Record<string, never>;

const points = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
const labels = Float32Array.from({ length: 12 }, (_, i) => i % 2);
const distances = new Float64Array(144);
const split = { logOdds: [-1, 1], labels: [0, 1] };

const calls: Record<string, (extra: Extra) => unknown> = {
  measureSeparation: (extra) => measureSeparation(points, labels, 2, distances, { ...extra }),
  resampleCounts: (extra) => resampleCounts(3, { ...extra }),
  bootstrapInterval: (extra) => bootstrapInterval(3, () => 1, { ...extra }),
  evaluateRow: (extra) => evaluateRow({ val: split, test: split }, { ...extra }),
};

describe('options of scores', () => {
  it.each(Object.entries(calls))('%s refuses what does not exist', (_, call) => {
    expect(() => call({})).not.toThrow();
    expect(() => call({ xyzzy: 1 } as unknown as Extra)).toThrow(/there is no option 'xyzzy'/);
  });

  it.each([
    [() => bootstrapInterval(3, () => 1, { level: 95 }), /level must be a number from 0 to 1, not 95/],
    [() => bootstrapInterval(3, () => 1, { resamples: 0 }), /resamples must be a whole number above 0/],
    [
      () => resampleCounts(5, { resamples: Number.NaN }),
      /resamples must be a whole number above 0.*, not NaN/,
    ],
    [() => resampleCounts(5, { seed: Number.NaN }), /seed must be a whole number.*, not NaN/],
    [() => measureSeparation(points, labels, 2, distances, { folds: 1 }), /folds must be/],
  ])('%s', (call, message) => {
    expect(call).toThrow(message);
  });
});
