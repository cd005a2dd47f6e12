import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { random, shuffle } from '@glassbox/metrics';
import { describe, expect, it, vi } from 'vitest';
import { runSweepCommand } from '../../src/command.ts';
import type { DoneCell } from '../../src/merge/cells.ts';
import { mergeSweep, parseMergeOptions } from '../../src/merge/index.ts';
import { newFolder, someCells, writeSweep } from './support.ts';

const text = (dir: string, name: string) => readFileSync(join(dir, 'merged', name), 'utf8');
/** Rows of a table without quotes, by the names of its columns. */
function rows(dir: string, name: string): Record<string, string>[] {
  const [head, ...lines] = text(dir, name)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(head.map((column, i) => [column, cells[i]])));
}

/** One set without a name, three seeds of two nets, by hand. */
const few = (net: string, aucs: readonly number[], parameters: number): DoneCell[] =>
  aucs.map((auc, seed) => ({
    name: `${net}-${seed}`,
    run: 'train',
    options: { net },
    seed,
    scores: { 'test.auc': auc, 'test.loss': 1 - auc },
    curves: { 'val.loss': [1, 0.5 + seed].slice(0, seed === 2 ? 1 : 2) },
    cost: { parameters },
  }));
const pair = [...few('a', [0.7, 0.75, 0.8], 10), ...few('b', [0.75, 0.85, 0.95], 20)];

it('npm run sweep -- merge DIR says how much was merged, and where its report is', async () => {
  const dir = writeSweep(pair);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  expect(await runSweepCommand(['merge', dir])).toBe(0);
  expect(log.mock.calls.join()).toBe(
    `Merged 6 of 6 cells: ${join(dir, 'merged', 'report.html')}, with its tables as CSV and LaTeX beside it.`,
  );
  expect(existsSync(join(dir, 'merged', 'report.html'))).toBe(true);
  log.mockRestore();
});

describe('the bytes of a merge', () => {
  it('are those of one machine’s run: order of writing, shards, hosts, time zone, locale', async () => {
    const cells = someCells();
    const one = writeSweep(cells);
    const { files } = await mergeSweep(one, { partial: true });
    const order = Array.from(shuffle(Int32Array.from(cells.keys()), random(1)));
    const shards = Array.from({ length: 16 }, (_, shard) => order.filter((_, i) => i % 16 === shard));
    const many = writeSweep(
      cells,
      shards.flat().map((i) => cells[i]),
      'node17',
    );
    const index = resolve(import.meta.dirname, '../../src/merge/index.ts');
    const program = `import { mergeSweep } from ${JSON.stringify(index)}; await mergeSweep(${JSON.stringify(many)});`;
    const env = { ...process.env, TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' };
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { env });
    for (const name of files) {
      if (name === 'times.csv') expect(text(many, name)).not.toBe(text(one, name));
      else expect(text(many, name), name).toBe(text(one, name));
    }
    const sums = text(one, 'SHA256SUMS').trimEnd().split('\n');
    expect(sums).toHaveLength(files.length - 2);
    for (const line of sums) {
      expect(
        createHash('sha256')
          .update(text(one, line.slice(66)))
          .digest('hex'),
      ).toBe(line.slice(0, 64));
    }
  });

  it('hold no file of an earlier merge, and no host or second', async () => {
    const dir = writeSweep(pair);
    await mergeSweep(dir, { metrics: ['test.auc', 'test.loss'] });
    expect(existsSync(join(dir, 'merged/figures/scores-test-loss.svg'))).toBe(true);
    writeFileSync(join(dir, 'merged', 'notes.txt'), 'mine');
    const { files } = await mergeSweep(dir);
    expect(existsSync(join(dir, 'merged/figures/scores-test-loss.svg'))).toBe(false);
    expect(text(dir, 'notes.txt')).toBe('mine');
    expect(files).toContain('figures/scores-test-auc.svg');
  });
});

describe('the tables', () => {
  it('of two nets by hand', async () => {
    const dir = writeSweep(pair);
    await mergeSweep(dir, { metrics: ['test.auc', 'test.loss'] });
    const [a] = rows(dir, 'configurations.csv');
    expect(a).toMatchObject({ set: '', configuration: 'a', metric: 'test.auc', n: '3', mean: '0.75' });
    expect(Number(a.deviation)).toBeCloseTo(0.05, 12);
    expect([Number(a.low), Number(a.high)]).toEqual([0.7, 0.8].map((end) => expect.closeTo(end, 12)));
    const [auc, loss] = rows(dir, 'comparisons.csv');
    expect(auc).toMatchObject({ a: 'a', b: 'b', n: '3', test: 'sign-flip', p: '0.25', p_holm: '0.25' });
    expect(Number(auc.mean)).toBeCloseTo(-0.1, 12);
    expect(Number(loss.mean)).toBeCloseTo(0.1, 12);
    expect(
      rows(dir, 'ranks.csv').map(({ metric, configuration, rank }) => [metric, configuration, rank]),
    ).toEqual([
      ['test.auc', 'a', '2'],
      ['test.auc', 'b', '1'],
      ['test.loss', 'a', '2'],
      ['test.loss', 'b', '1'],
    ]);
    expect(rows(dir, 'pareto.csv').map((row) => row.front_parameters)).toEqual(['1', '2', '1', '2']);
    // The third seed ended after one epoch.
    expect(rows(dir, 'curves.csv').slice(0, 2)).toMatchObject([
      { curve: 'val.loss', epoch: '1', n: '3', mean: '1', deviation: '0' },
      { curve: 'val.loss', epoch: '2', n: '2', mean: '1' },
    ]);
    expect(rows(dir, 'friedman.csv')).toEqual([]);
    expect(text(dir, 'configurations.tex')).toContain('a & 3 & $0.750 \\pm 0.050$');
    const report = text(dir, 'report.html');
    expect(report).toContain('3 pairs allow no p below 0.250, and there is one comparison');
  });

  it('over sets: Wilcoxon on means, Friedman, families of Holm', async () => {
    const dir = writeSweep(someCells(2));
    await mergeSweep(dir);
    const all = rows(dir, 'comparisons.csv');
    const over = all.filter(({ scope }) => scope === 'all sets');
    expect(over.map(({ n, test, p }) => [n, test, p])).toEqual([
      ...Array(5).fill(['4', 'wilcoxon', '0.125']),
      ['4', 'wilcoxon', '0.875'],
    ]);
    // Six comparisons: 6 x 0.125, then no less; 6 x 0.5 is more than 1.
    expect(over.map((row) => row.p_holm)).toEqual([...Array(5).fill('0.75'), '0.875']);
    expect(all.filter(({ scope }) => scope === 'bloodmnist').map((row) => row.p_holm)).toEqual(
      Array(6).fill('1'),
    );
    const [friedman] = rows(dir, 'friedman.csv');
    expect(friedman).toMatchObject({ metric: 'best.test.auc', sets: '4', configurations: '4' });
    // Demšar's table 5: 2.569 sqrt(4 · 5 / (6 · 4)).
    expect(Number(friedman.critical_difference)).toBeCloseTo(2.569 * Math.sqrt(20 / 24), 3);
    expect(text(dir, 'figures/ranks-best-test-auc.svg')).toContain('CD 2.35');
  });

  it('compare with a baseline alone, and take other options for the set', async () => {
    const dir = writeSweep(someCells(2));
    await mergeSweep(dir, { baseline: 'linear' });
    expect(new Set(rows(dir, 'comparisons.csv').map(({ b }) => b))).toEqual(new Set(['linear']));
    await mergeSweep(dir, { by: ['net'] });
    expect(new Set(rows(dir, 'ranks.csv').map(({ set }) => set)).size).toBe(4);
    await expect(mergeSweep(dir, { baseline: 'vgg' })).rejects.toThrow("there is no configuration 'vgg'");
    await expect(mergeSweep(dir, { metrics: ['test.f1'] })).rejects.toThrow('no cell has the score test.f1');
    await expect(mergeSweep(dir, { baseLine: 'linear' } as object)).rejects.toThrow(
      "did you mean 'baseline'",
    );
  });

  it('say in each of them that cells are missing', async () => {
    const cells = someCells(2);
    const dir = writeSweep(cells, cells.slice(1));
    const { files } = await mergeSweep(dir, { partial: true });
    for (const name of files.filter((one) => /\.(csv|tex|html)$/.test(one))) {
      const lines = text(dir, name).trimEnd().split('\n');
      if (name.endsWith('.csv'))
        expect(lines.every((line, i) => line.endsWith(i ? '31 of 32 cells' : ',partial'))).toBe(true);
      else expect(text(dir, name), name).toContain('31 of 32 cells');
    }
    // The first seed of one net is missing: one pair is left of two.
    const [first] = rows(dir, 'comparisons.csv').filter(({ scope }) => scope === 'breastmnist');
    expect(first).toMatchObject({ a: 'linear', n: '1', deviation: '', low: '', p: '1' });
    expect(text(dir, 'report.html').match(/<figcaption>[^<]*31 of 32 cells/g)?.length).toBeGreaterThan(3);
  });

  it('keep names of options as they are: quoted in CSV, escaped in LaTeX and HTML', async () => {
    const odd = pair.map((cell) => ({ ...cell, options: { net: `${cell.options.net}_<b>,"&` } }));
    const dir = writeSweep(odd);
    await mergeSweep(dir);
    expect(text(dir, 'configurations.csv')).toContain('"""a_<b>,\\""&"""');
    expect(text(dir, 'configurations.tex')).toContain('a\\_<b>,\\textbackslash{}"\\&');
    expect(text(dir, 'report.html')).not.toContain('_<b>');
  });
});

describe('the command line', () => {
  it('gives options, and refuses others', () => {
    expect(parseMergeOptions(['DIR', '--partial', '--metric', 'a, b', '--by', 'set,size'])).toEqual({
      dir: 'DIR',
      options: { partial: true, metrics: ['a', 'b'], lower: undefined, by: ['set', 'size'] },
    });
    expect(() => parseMergeOptions([])).toThrow('merge takes the folder of one sweep, not 0');
    expect(() => parseMergeOptions(['DIR', '--metrics', 'a'])).toThrow("Unknown option '--metrics'");
  });

  it('names the folder that is no sweep', async () => {
    await expect(mergeSweep(newFolder())).rejects.toThrow('holds no sweep: its sweep.json is missing');
  });
});
