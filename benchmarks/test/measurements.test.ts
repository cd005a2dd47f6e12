import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { BenchmarkResults, RunResults } from '@glassbox/experiments';
import { describe, expect, it } from 'vitest';
import { main } from '../src/cli/main.ts';
import { caption, readRuns, root, wrap } from '../src/measurements/data.ts';
import { medmnistRun, withRun } from '../src/measurements/medmnist.ts';
import { pages, readPage, tables, tablesOf, withTables } from '../src/measurements/pages.ts';
import { practicalRun } from '../src/measurements/practical.ts';
import { measurements, resultsOf } from '../src/measurements/take.ts';
import { resultText } from '../src/results/file.ts';

const files = globSync('docs/measurements/data/*.json', { cwd: root }).map((file) => basename(file, '.json'));

describe('pages with measurements', () => {
  it.each(pages)(
    '%s: its tables are those of docs/measurements/data (npm run measurements writes them)',
    (page) => {
      const text = readPage(page);
      expect(tablesOf(text).length).toBeGreaterThan(0);
      expect(text).toBe(withTables(text));
    },
  );

  it('show every table', () => {
    const shown = pages.flatMap((page) => tablesOf(readPage(page)));
    expect(new Set(shown)).toEqual(new Set(tables));
  });

  it('keep what stands around a table', () => {
    const page = 'above\n\n<!-- measured: host -->\nold\n<!-- end -->\n\nbelow\n';
    const made = withTables(page);
    expect(made).toMatch(
      /^above\n\n<!-- measured: host -->\n\n`npm run bench -- host`[\s\S]*<!-- end -->\n\nbelow\n$/,
    );
    expect(made).not.toContain('old');
    expect(withTables(made)).toBe(made);
  });

  it('refuse a table that does not exist, and one without an end', () => {
    expect(() => withTables('<!-- measured: magic -->\n<!-- end -->')).toThrow(
      "no table 'magic'; there are step",
    );
    expect(() => withTables('<!-- measured: host -->\n| a |\n')).toThrow('no <!-- end -->');
  });
});

describe('result files', () => {
  it('are there for every measurement', () => {
    expect(files).toEqual(expect.arrayContaining(measurements.map(({ name }) => name)));
  });

  it.each(files)('%s: every run says by which command, and where and when or from where', (name) => {
    const runs = readRuns(name);
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) {
      expect(run.command).not.toBe('');
      expect(run.results.length).toBeGreaterThan(0);
      if (run.machine)
        expect(run.machine).toMatchObject({ commit: expect.any(String), cpu: expect.any(String) });
      // The results of trainings say themselves when and on what.
      else if (!['practical', 'medmnist', 'course'].includes(name)) expect(run.source).toMatch(/commit|page/);
    }
  });

  it('hold what a benchmark saved, and its command without where it was saved', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-measurements-'));
    try {
      await main([
        'host',
        '--json',
        '--case',
        'practical-net',
        '--batch',
        '8',
        '--seconds',
        '0.05',
        '--out',
        folder,
      ]);
      const run = resultsOf('host', join(folder, 'host.json'));
      expect(run.command).toBe('npm run bench -- host --case practical-net --batch 8 --seconds 0.05');
      expect(run.results).toMatchObject([{ case: 'practical-net', batch: 8 }]);
      expect(caption(run)).toContain(`, ${run.machine!.date.slice(0, 10)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('hold of kernels those that matter to a step', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-measurements-'));
    try {
      const results = [{ roofline: {} }, { kernel: 'a', stepShare: 0.9 }, { kernel: 'b', stepShare: 0.009 }];
      writeFileSync(join(folder, 'kernels.json'), resultText([{ command: 'x', results }]));
      expect(resultsOf('kernels', join(folder, 'kernels.json')).results).toEqual(results.slice(0, 2));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('hold of a course what each practical cost and scored', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-measurements-'));
    try {
      const write = (name: string, content: object | string) => {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      };
      const cells = [5, 6].map((seed) => ({ name: `practical-${seed}`, run: 'practical', seed }));
      write('sweep.json', { version: '0.1.0+abc', file: 'course.json', cells });
      const cost = { seconds: 90, coreSeconds: 80, peakBytes: 5e8, diskBytes: 8e7, attempts: 1 };
      for (const [i, { name }] of cells.entries()) {
        const at = (minute: number) => `2026-11-30T0${i + 1}:${minute}:00.000Z`;
        write(`cells/${name}/attempts.txt`, `${at(10)} a 7\n${at(11)} a 8\n`);
        write(`cells/${name}/time.json`, { ...cost, host: 'a', endedAt: at(20) });
        write(`cells/${name}/done.json`, { scores: { '2b-trainable.test.auc': 0.9 + i / 100, other: 1 } });
        write(`cells/${name}/run/results.json`, { adapter: 'SIMD' });
      }
      const read = () => resultsOf('course', join(folder, 'sweep.json'));
      const whole = {
        version: '0.1.0+abc',
        adapter: 'SIMD',
        startedAt: '2026-11-30T01:10:00.000Z',
        endedAt: '2026-11-30T02:20:00.000Z',
        hosts: 1,
      };
      const students = {
        seed: [5, 6],
        seconds: [90, 90],
        coreSeconds: [80, 80],
        peak: [500, 500],
        disk: [80, 80],
        attempts: [1, 1],
        scores: { '2b-trainable.test.auc': [0.9, 0.91] },
      };
      expect(read()).toEqual({ command: 'npm run sweep -- course.json', results: [whole, students] });
      write('merged/grades.csv', '# a note\nstudent,seed,mark,epochs\npractical-5,5,1,9\npractical-6,6,,9\n');
      expect(read().results).toEqual([whole, { ...students, marks: ['1', 'none'] }]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('hold figures of the practical, and no images', () => {
    const scores = { auc: 0.7, accuracy: 0.6, accuracyAtValThreshold: 0.5 };
    const row = { variant: '1a-scratch', name: 'Chest', seed: 0, epochs: 5, bestEpoch: 2 };
    const results = {
      command: 'npm run practical -- 1a --out runs/x',
      startedAt: '2026-11-28T17:21:34.341Z',
      device: 'wasm',
      adapter: 'SIMD',
      durationSeconds: 60,
      data: [{ file: 'chest.npz', images: { train: 300, test: 20 } }],
      rows: [{ ...row, test: scores, logOdds: { test: [1, 2] }, history: [{ epoch: 1 }] }],
      autoencoders: [{ seed: 0, psnr: 22, ssim: 0.9, examples: [{ input: [1] }] }],
      testImages: { chest: { size: 28 } },
    } as unknown as RunResults;
    const run = practicalRun(results);
    expect(run.command).toBe('npm run practical -- 1a');
    expect(run.results).toEqual([
      {
        startedAt: '2026-11-28T17:21:34.341Z',
        device: 'wasm',
        adapter: 'SIMD',
        durationSeconds: 60,
        data: 'chest.npz: 300 train, 20 test',
      },
      { ...row, ...scores },
      { autoencoder: 0, psnr: 22, ssim: 0.9 },
    ]);
  });

  it('hold scores of trainings on MedMNIST, and a run that comes later replaces the same ones', () => {
    const cell = { set: 'breastmnist', net: 'resnet18', size: 28, mode: 'end-to-end' };
    const scores = (auc: number | null) => ({ test: { scores: { auc, accuracy: 0.8, meanRecall: 0.7 } } });
    const runOf = (command: string, seeds: readonly number[], auc: number | null) =>
      medmnistRun({
        command,
        startedAt: '2026-11-29T14:00:00.000Z',
        device: 'wasm',
        adapter: 'SIMD',
        protocol: { name: 'official', enlargedTo: null },
        cells: seeds.map((seed) => ({
          ...cell,
          id: `breastmnist-resnet18-28-seed${seed}`,
          seed,
          history: [{ trainLoss: 0.51236 }, { trainLoss: 0.25 }],
          trainSeconds: 20,
          kept: { best: scores(auc), last: scores(0.5) },
        })),
        summaries: [{ ...cell, auc: { published: 0.901 }, accuracy: {} }],
      } as unknown as BenchmarkResults);
    const first = runOf('npm run medmnist -- --seeds 2 --out runs/x', [0, 1], 0.9);
    expect(first.command).toBe('npm run medmnist -- --seeds 2');
    expect(first.results).toHaveLength(5);
    expect(first.results[1]).toEqual({
      ...cell,
      training: 'breastmnist-resnet18-28-seed0',
      protocol: 'official',
      size: '28',
      seed: 0,
      kept: 'best',
      epochs: 2,
      auc: 0.9,
      accuracy: 0.8,
      meanRecall: 0.7,
      seconds: 20,
      losses: [0.5124, 0.25],
      publishedAuc: 0.901,
    });
    const later = runOf('later', [1], null);
    expect(later.results[1]).not.toHaveProperty('auc');
    const both = withRun([first], later);
    expect(both.map(({ results }) => results.length)).toEqual([3, 3]);
    expect(withRun(both, runOf('all', [0, 1], 0.8)).map(({ command }) => command)).toEqual(['all']);
  });

  it('are small', () => {
    for (const name of files) {
      const { length } = readFileSync(join(root, 'docs/measurements/data', `${name}.json`));
      expect(length, name).toBeLessThan(20_000);
    }
  });
});

describe('wrap', () => {
  it('breaks a paragraph at 120 columns, and leaves a longer word whole', () => {
    const lines = wrap(`${'word '.repeat(48)}${'x'.repeat(130)} end`).split('\n');
    expect(lines.slice(0, -2).every(({ length }) => length <= 120 && length > 110)).toBe(true);
    expect(lines.slice(-2)).toEqual(['x'.repeat(130), 'end']);
  });
});
