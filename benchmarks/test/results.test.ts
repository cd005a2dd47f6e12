import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../src/cli/main.ts';
import { describeMachine } from '../src/machine.ts';
import { compareRuns } from '../src/results/compare.ts';
import { type Run, readResults, resultText, schema } from '../src/results/file.ts';
import type { Unit } from '../src/statistics.ts';
import { measured } from '../src/timing.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const machine = { ...describeMachine(), commit: 'abc' };
const precision = { within: 0.03 };
const row = (id: string, values: readonly number[], unit: Unit = 'ms') =>
  measured(id, { figure: [values, unit] }, precision);
const run = (...results: object[]): Run => ({ command: 'npm run bench -- step', machine, results });

function file(content: unknown, name = 'file.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a file of results', () => {
  it('is read as it was written', () => {
    const runs = [run(row('a', [1, 2, 3]), { roofline: 7 }), { command: 'x', source: 'a page', results: [] }];
    expect(readResults(file(resultText(runs)))).toEqual(runs);
    const [rounded] = readResults<{ value: number }>(
      file(resultText([run({ value: 1 / 3, count: 1234567 })], 5)),
    );
    expect(rounded.results).toEqual([{ value: 0.33333, count: 1234567 }]);
  });

  const estimate = { unit: 'ms', mean: 1, standardError: 0.1, count: 3 };
  const withEstimate = (change: object) => ({
    schema,
    runs: [
      { command: 'x', results: [{ id: 'a', noisy: false, estimates: { ms: { ...estimate, ...change } } }] },
    ],
  });
  const withRow = (result: unknown) => ({ schema, runs: [{ command: 'x', results: [result] }] });
  it('is accepted in the form that the next cases spoil', () => {
    expect(readResults(file(withEstimate({})))).toHaveLength(1);
  });

  it.each([
    ['half a file', '{ "schema": "glassbox-bench/1", "runs": [', 'it is not JSON'],
    ['a deep one', '['.repeat(200_000), 'it is not JSON'],
    ['a list', [], 'the file is not a table'],
    ['another kind', { schema: 'other/1', runs: [] }, 'its schema is "other/1"'],
    ['an older one', { command: 'x', results: [] }, 'it has no schema, expected'],
    ['a newer one', { schema: 'glassbox-bench/2', runs: [] }, "schema is 'glassbox-bench/2'"],
    ['no runs', { schema, runs: [] }, 'runs is not a list of 1 or more'],
    ['a run without results', { schema, runs: [{ command: 'x' }] }, 'runs[0].results is not a list'],
    [
      'a command for the terminal',
      { schema, runs: [{ command: '\u001b[2J' }] },
      'runs[0].command is not a short',
    ],
    ['half a machine', { schema, runs: [{ command: 'x', machine: { date: 'x' } }] }, 'machine.platform'],
    ['a row that is none', withRow(7), 'runs[0].results[0] is not a table'],
    ['an id for the terminal', withRow({ id: '\u0007', estimates: {} }), 'results[0].id is not a short line'],
    ['a row without estimates', withRow({ id: 'a', noisy: false }), 'estimates is not a table'],
    ['a row that does not say noisy', withRow({ id: 'a', estimates: {} }), 'noisy is neither'],
    ['a mean of text', withEstimate({ mean: '1' }), 'estimates.ms.mean is not a finite number'],
    ['a mean of 0', withEstimate({ mean: 0 }), 'estimates.ms.mean is not above 0'],
    [
      'an endless mean',
      JSON.stringify(withEstimate({ mean: 77 })).replace('77', '1e999'),
      'not a finite number',
    ],
    ['a negative error', withEstimate({ standardError: -1 }), 'standardError is below 0'],
    ['an error of one measurement', withEstimate({ count: 1 }), 'count is not a whole number of at least 2'],
    ['a unit of its own', withEstimate({ unit: 'parsecs' }), 'unit is none of ms, us'],
  ])('is refused by name: %s', (_, content, reason) => {
    const path = file(content, 'spoilt.json');
    expect(() => readResults(path)).toThrow(UsageError);
    expect(() => readResults(path)).toThrow(`${path}: `);
    expect(() => readResults(path)).toThrow(reason);
  });

  it('is refused if it is not there, or larger than any', () => {
    expect(() => readResults(join(folder, 'none.json'))).toThrow('none.json: cannot be read (ENOENT)');
    expect(() => readResults(folder)).toThrow('cannot be read (EISDIR)');
    expect(() => readResults(file(' '.repeat(2 ** 24 + 1)))).toThrow('bytes are more than any');
  });

  it('never surprises the reader, whatever it holds', () => {
    const base = JSON.parse(resultText([run(row('a', [1, 2, 3]))]));
    const paths = ['schema', 'runs', 'runs.0', 'runs.0.command', 'runs.0.machine', 'runs.0.results.0'];
    const deeper = ['runs.0.machine.cpu', 'runs.0.results', 'runs.0.results.0.estimates.figure'];
    fc.assert(
      fc.property(fc.constantFrom(...paths, ...deeper), fc.jsonValue(), (path, value) => {
        const spoilt = structuredClone(base);
        const names = path.split('.');
        const last = names.pop()!;
        names.reduce((at, name) => at[name], spoilt)[last] = value;
        try {
          const side = { name: 'x', runs: readResults(file(spoilt)) };
          compareRuns(side, side);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('comparing two results', () => {
  const before = { name: 'old.json', runs: [run(row('a', [10, 10.1, 9.9]), row('b', [5, 5.1]))] };

  it('says row by row what changed, and which rows one side lacks', () => {
    const after = {
      name: 'new.json',
      runs: [run(row('a', [5, 5.05, 4.95]), row('c', [1, 1.1]), row('b', [5.02, 5.08]))],
    };
    const { figures, missing } = compareRuns(before, after);
    expect(figures.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['a', 'better'],
      ['b', 'no difference seen'],
    ]);
    expect(figures[0].ratio).toBeCloseTo(0.5);
    expect(figures[0].interval![0]).toBeLessThan(0.5);
    expect(figures[0].interval![1]).toBeGreaterThan(0.5);
    expect(missing).toEqual([{ id: 'c', from: 'old.json' }]);
    expect(compareRuns(after, before).figures[0].verdict).toBe('worse');
  });

  it('knows that more is better of all but times', () => {
    const [slow, fast] = [
      [1, 1.01, 0.99],
      [2, 2.01, 1.99],
    ].map((values) => ({ name: 'x', runs: [run(row('a', values, 'times'))] }));
    expect(compareRuns(slow, fast).figures[0].verdict).toBe('better');
  });

  it('takes the means of several runs as measurements', () => {
    const several = { name: 'x', runs: [10, 12, 11].map((ms) => run(row('a', [ms, ms + 0.01]))) };
    const [{ before: mean, interval }] = compareRuns(several, several).figures;
    expect(mean).toBeCloseTo(11.005);
    // The runs differ by 10 %, though each of them is certain to 0.1 %.
    expect(interval![1]).toBeGreaterThan(1.1);
  });

  it('counts rows of one name in one run apart', () => {
    const twice = { name: 'x', runs: [run(row('a', [1, 1.1]), row('a', [5, 5.1]))] };
    expect(compareRuns(twice, twice).figures.map(({ id }) => id)).toEqual(['a', 'a (2)']);
  });

  it('says that a single measurement has no interval', () => {
    const once = { name: 'x', runs: [run(row('a', [1]))] };
    const [figure] = compareRuns(once, once).figures;
    expect(figure).toMatchObject({ interval: null, verdict: 'not known', noisy: true });
  });

  it('refuses results of different machines, other than ratios measured within one run', () => {
    const other = (...results: object[]) => ({
      name: 'other.json',
      runs: [{ ...run(...results), machine: { ...machine, cpu: 'abacus' } }],
    });
    expect(() => compareRuns(before, other(row('a', [10, 10.1])))).toThrow(/different machines \(.*abacus/);
    const unnamed = { name: 'x', runs: [{ ...run(row('a', [1, 1.1])), machine: undefined }] };
    expect(() => compareRuns(before, unnamed)).toThrow('a machine that is not named');
    expect(() => compareRuns(unnamed, unnamed)).toThrow('a machine that is not named');
    const ours = { name: 'x', runs: [run(row('a', [1, 1.1]), row('r', [2, 2.1], 'times'))] };
    const { figures, remarks } = compareRuns(ours, other(row('a', [2, 2.1]), row('r', [2, 2.1], 'times')));
    expect(figures.map(({ id }) => id)).toEqual(['r']);
    expect(remarks.join()).toContain('1 times and rates are left out');
  });

  it('refuses results that share nothing, or that are older than estimates', () => {
    const other = { name: 'x', runs: [run(row('z', [1, 1.1]))] };
    expect(() => compareRuns(before, other)).toThrow("no row in common: they hold 'a' and 1 more and 'z'");
    const old = { name: 'x', runs: [run({ case: 'practical-net', trainStepMs: 3 })] };
    expect(() => compareRuns(before, old)).toThrow('none of its rows has estimates');
  });

  it('is a command, and an option that is read before anything is measured', async () => {
    const said: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text) => void said.push(text));
    const old = file(resultText(before.runs), 'old.json');
    const now = file(resultText([run(row('a', [5, 5.05, 4.95]))]), 'new.json');
    vi.spyOn(console, 'error').mockImplementation((text) => void said.push(text));
    await main(['compare', old, now]);
    expect(said.join('\n')).toMatch(/^a +figure +ms +10\.000 +5\.000 +0\.500 .* better$/m);
    expect(said.join('\n')).toContain(`missing in ${now}: b`);
    await expect(main(['compare', old])).rejects.toThrow('Expected BEFORE AFTER, and got 1 of them');
    for (const args of [['compare'], ['compare', old], ['compare', old, now, now]])
      await expect(main(args)).rejects.toBeInstanceOf(UsageError);
    await expect(main(['step', '--compare', join(folder, 'none.json')])).rejects.toThrow('cannot be read');
    await expect(main(['tune', '--compare', old])).rejects.toThrow('--compare');
  });
});
