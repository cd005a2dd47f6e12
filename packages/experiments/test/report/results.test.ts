import { describe, expect, it } from 'vitest';
import { analyse, serializeResults } from '../../src/report/index.ts';
import { fakeRun } from './fake-run.ts';

const run = fakeRun({ tasks: ['1a', '2', '2a', '2b'], seeds: 3, points: 12, iterations: 5 });
const analysis = analyse(run, { resamples: 400 });

describe('serializeResults', () => {
  it('is JSON of the same value, one member a line, numbers of an array together', () => {
    const text = serializeResults(run);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(run)));
    expect(text).toMatch(/^ {2}"device": "webgpu",$/m);
    expect(text).toMatch(/^ {2}"seeds": \[0,1,2\],$/m);
  });

  it('has what readers of results.json rely on', () => {
    const parsed = JSON.parse(serializeResults(run));
    expect(parsed).toMatchObject({ device: 'webgpu', budget: 'quick' });
    expect(parsed.data[0]).toMatchObject({ file: 'chestmnist-nih-subset.npz', kind: 'real' });
    for (const row of parsed.rows) {
      expect(row).toMatchObject({
        task: expect.any(String),
        name: expect.any(String),
        seed: expect.any(Number),
      });
      for (const metric of [
        'accuracy',
        'auc',
        'balancedAccuracy',
        'averagePrecision',
        'sensitivity',
        'specificity',
        'mcc',
        'accuracyAtValThreshold',
      ]) {
        expect(row.test[metric], metric).toEqual(expect.any(Number));
        expect(row.val[metric], metric).toEqual(expect.any(Number));
      }
    }
  });

  it('refuses numbers that JSON would turn into null, and names them', () => {
    const broken = structuredClone(run);
    broken.rows[1].test.auc = Number.NaN;
    expect(() => serializeResults(broken)).toThrow(/results\.rows\[1\]\.test\.auc is NaN/);
  });
});

describe('analyse', () => {
  it('gives mean, deviation and an interval around the mean for each recipe', () => {
    expect(analysis.summaries.map(({ variant }) => variant)).toEqual([
      '1a-scratch',
      '2-chest-all',
      '2-pneumonia-scratch',
      '2a-frozen-bn-eval',
      '2a-frozen-bn-reestimated',
      '2b-trainable',
    ]);
    for (const { test, rows } of analysis.summaries) {
      const mean = rows.reduce((sum, row) => sum + row.test.auc, 0) / rows.length;
      expect(test.auc.mean).toBeCloseTo(mean, 12);
      const [low, high] = test.auc.interval!;
      expect(low).toBeLessThan(mean);
      expect(high).toBeGreaterThan(mean);
      expect(high - low).toBeGreaterThan(test.auc.std / 2);
    }
  });

  it('pairs differences: equal nets differ by nothing, and swapping turns the sign', () => {
    const twin = structuredClone(run);
    for (const row of twin.rows.filter(({ variant }) => variant === '2b-trainable').slice(0, 1)) {
      twin.rows.push({ ...structuredClone(row), variant: 'twin', name: 'twin' });
    }
    twin.rows = twin.rows.filter((row) => row.variant === 'twin' || row.seed === 0);
    const single = analyse(twin, { resamples: 100 });
    expect(single.difference('twin', '2b-trainable', 'auc')).toEqual({
      value: 0,
      interval: [0, 0],
      verdict: 'undecided',
      seeds: 1,
    });
    const there = analysis.difference('2b-trainable', '2a-frozen-bn-eval', 'auc')!;
    const back = analysis.difference('2a-frozen-bn-eval', '2b-trainable', 'auc')!;
    expect(there.value).toBeCloseTo(-back.value, 12);
    expect(there.interval![0]).toBeCloseTo(-back.interval![1], 12);
  });

  it('tells a large difference from none', () => {
    const apart = analyse(
      fakeRun({
        tasks: ['2a', '2b'],
        points: 12,
        iterations: 5,
        skill: { '2a-frozen-bn-eval': 0.5, '2b-trainable': 3 },
      }),
      { resamples: 200 },
    );
    expect(apart.difference('2b-trainable', '2a-frozen-bn-eval', 'auc')!.verdict).toBe('higher');
    expect(apart.difference('2a-frozen-bn-eval', '2b-trainable', 'auc')!.verdict).toBe('lower');
  });

  it('knows no difference across targets or of rows that were not run, and no interval without scores', () => {
    expect(analysis.difference('1a-scratch', '2b-trainable', 'auc')).toBeUndefined();
    expect(analysis.difference('1a-scratch', '3-warm-up', 'auc')).toBeUndefined();
    const bare = structuredClone(run);
    bare.truth = {};
    const without = analyse(bare);
    expect(without.find('1a-scratch')!.test.auc.interval).toBeUndefined();
    expect(without.difference('2b-trainable', '2a-frozen-bn-eval', 'auc')!.verdict).toBe('undecided');
  });
});
