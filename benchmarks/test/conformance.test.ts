/** The tables of the conformance suite: how counts of files become lines. */
import { describe, expect, it } from 'vitest';
import {
  type ConformanceRow,
  conformanceSummary,
  conformanceTables,
  grouped,
  subjectOf,
} from '../src/measurements/conformance.ts';
import { readRuns } from '../src/measurements/data.ts';

const row = (values: Partial<ConformanceRow>): ConformanceRow => ({
  file: 'shader/execution/a',
  suite: 'abc',
  commit: 'def',
  subcases: 10,
  every: 1,
  passed: 0,
  failed: 0,
  rendering: 0,
  skipped: {},
  failures: {},
  ...values,
});

/** The numbers of a table's line, by its first cell. */
const numbersOf = (text: string, title: string): number[] =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${title} |`))!
    .split('|')
    .slice(2, -1)
    .map(Number);

describe('the counts of files', () => {
  it('are added up, and shares count each file with all of its subcases', () => {
    const rows = [
      row({ passed: 8, failed: 1, skipped: { why: 1 } }),
      row({ subcases: 1000, every: 100, passed: 5, rendering: 2, skipped: { why: 2, other: 1 } }),
    ];
    expect(grouped('both', rows)).toEqual({
      title: 'both',
      files: 2,
      subcases: 1010,
      run: 20,
      passed: 13,
      failed: 1,
      rendering: 2,
      skipped: 4,
      // 301 of 10 + 800 that need no texture
      skippedShare: (100 * 301) / 810,
    });
    expect(grouped('none', [row({ rendering: 10 })]).skippedShare).toBeNaN();
  });

  it('go to the subject of their folder, and builtin functions stand alone', () => {
    const subjects = {
      'api/operation/buffers/map': 'api/operation/buffers',
      'api/validation/createBindGroup': 'api/validation',
      'api/validation/encoding/cmds/clearBuffer': 'api/validation/encoding',
      'shader/execution/expression/access/matrix/index': 'shader/execution/expression/access',
      'shader/execution/expression/call/builtin/atomics/atomicAdd':
        'shader/execution/expression/call/builtin/atomics/atomicAdd',
      'shader/execution/expression/precedence': 'shader/execution/expression',
      'shader/execution/flow_control/if': 'shader/execution/flow_control',
      'shader/execution/padding': 'shader/execution',
      'shader/validation/expression/call/builtin/abs': 'shader/validation/expression/call/builtin',
      'shader/validation/parse/literal': 'shader/validation/parse',
    };
    for (const [file, subject] of Object.entries(subjects)) expect(subjectOf(file)).toBe(subject);
  });
});

describe('the tables', () => {
  const rows = readRuns<ConformanceRow>('conformance')[0].results;
  const sum = (value: (one: ConformanceRow) => number) => rows.reduce((all, one) => all + value(one), 0);
  const skips = ({ skipped }: ConformanceRow) => Object.values(skipped).reduce((all, n) => all + n, 0);
  const totals = [
    rows.length,
    sum((one) => one.subcases),
    sum((one) => one.passed + one.failed + one.rendering + skips(one)),
    sum((one) => one.passed),
    sum((one) => one.failed),
    sum((one) => one.rendering),
    sum(skips),
  ];

  it('say of all what the files do', () => {
    expect(numbersOf(conformanceSummary(), 'in all').slice(0, 7)).toEqual(totals);
  });

  it('have every file in one line', () => {
    const [, subjects] = conformanceTables().split(/\n\n(?=\| subject)/);
    const lines = subjects.split('\n\n')[0].split('\n').slice(2);
    const cells = lines.map((line) => line.split('|').slice(2, 9).map(Number));
    expect(cells.reduce((all, line) => all.map((value, i) => value + line[i]))).toEqual(totals);
  });

  it('have a file of every part, and more than a handful of subcases of each', () => {
    for (const part of ['api/operation', 'api/validation', 'shader/execution', 'shader/validation'])
      expect(numbersOf(conformanceSummary(), `\`${part}\``)[3], part).toBeGreaterThan(100);
  });
});
