/** What became of the public WebGPU conformance suite: counts of its test files, and tables of them by subject. */
import { type Column, markdownTable } from '../output/table.ts';
import { caption, readRuns, wrap } from './data.ts';

/** A test file of the suite: how many of its subcases ran, and how they ended. */
export interface ConformanceRow {
  /** Below `src/webgpu`, without its ending. */
  readonly file: string;
  /** The suite's commit. */
  readonly suite: string;
  /** The project's commit. */
  readonly commit: string;
  /** In the file. */
  readonly subcases: number;
  /** One in so many of each test's subcases was run. */
  readonly every: number;
  readonly passed: number;
  readonly failed: number;
  /** Skipped, because textures, samplers or rendering are missing. */
  readonly rendering: number;
  /** Skipped for another reason: how many for each. */
  readonly skipped: Readonly<Record<string, number>>;
  /** How many subcases of which test failed. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Files under one title. Figures of files of which a part ran are scaled to all of their subcases. */
interface Group {
  readonly title: string;
  readonly files: number;
  readonly subcases: number;
  readonly run: number;
  readonly passed: number;
  readonly failed: number;
  /** Skipped for want of textures or rendering, and for other reasons. */
  readonly rendering: number;
  readonly skipped: number;
  /** Of all subcases that need no texture and no rendering, how many of 100 were skipped; NaN without any. */
  readonly skippedShare: number;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const others = ({ skipped }: ConformanceRow): number => sum(Object.values(skipped));
const runOf = (row: ConformanceRow): number => row.passed + row.failed + row.rendering + others(row);

/** The sums of some files. */
export function grouped(title: string, rows: readonly ConformanceRow[]): Group {
  const over = (value: (row: ConformanceRow) => number) => sum(rows.map(value));
  const scaled = (value: (row: ConformanceRow) => number) =>
    over((row) => (runOf(row) === 0 ? 0 : (value(row) * row.subcases) / runOf(row)));
  const skipped = scaled(others);
  return {
    title,
    files: rows.length,
    subcases: over((row) => row.subcases),
    run: over(runOf),
    passed: over((row) => row.passed),
    failed: over((row) => row.failed),
    rendering: over((row) => row.rendering),
    skipped: over(others),
    skippedShare: (100 * skipped) / (skipped + scaled((row) => row.passed + row.failed)),
  };
}

const parts =
  /^(api\/[^/]+(?:\/[^/]+)?|shader\/[^/]+(?:\/expression\/call\/builtin|\/expression\/[^/]+|\/[^/]+)?)/;

/** The subject of a file: a folder of two or three levels, each builtin function by itself. */
export function subjectOf(file: string): string {
  const folder = file.slice(0, file.lastIndexOf('/'));
  if (file.startsWith('shader/execution/expression/call/builtin/')) return file;
  return parts.exec(folder)![0];
}

/** As much of a reason as a line has room for. */
const shortened = (reason: string) =>
  (reason.length > 90 ? `${reason.slice(0, 89)}…` : reason).replaceAll('|', '\\|');

const count = (title: string, value: (group: Group) => number): Column<Group> => ({ title, value });
const columns: readonly Column<Group>[] = [
  { title: 'subject', value: ({ title }) => title },
  count('files', (g) => g.files),
  count('subcases', (g) => g.subcases),
  count('run', (g) => g.run),
  count('passed', (g) => g.passed),
  count('failed', (g) => g.failed),
  count('skipped: textures, rendering', (g) => g.rendering),
  count('skipped: else', (g) => g.skipped),
  { title: '% skipped', value: (g) => (Number.isNaN(g.skippedShare) ? '-' : g.skippedShare), digits: 1 },
];

const allRows = () => readRuns<ConformanceRow>('conformance');

function head(): string {
  const [run] = allRows();
  const suites = [...new Set(run.results.map(({ suite }) => suite))].join(', ');
  const commits = [...new Set(run.results.map(({ commit }) => commit))].sort();
  const counted = commits.length > 1 ? ` Files were counted at the commits ${commits.join(', ')}.` : '';
  const every = [...new Set(run.results.map((row) => row.every))].sort((a, b) => a - b);
  const sampled =
    every.at(-1) === 1
      ? 'Every subcase was run.'
      : `Of each test one subcase in ${every.at(-1)} was run, chosen by a hash, and at least one. Files that are ` +
        'skipped as a whole count with all of their subcases, and shares count every file so.';
  return `${caption(run)}\n\n${wrap(`The suite at ${suites}.${counted} ${sampled}`)}`;
}

const within = (rows: readonly ConformanceRow[], start: string) =>
  rows.filter(({ file }) => file.startsWith(start));

/** A line for each part of the suite. */
export function conformanceSummary(): string {
  const rows = allRows()[0].results;
  const titles = ['api/operation', 'api/validation', 'shader/execution', 'shader/validation'];
  const groups = [
    ...titles.map((title) => grouped(`\`${title}\``, within(rows, `${title}/`))),
    grouped('in all', rows),
  ];
  return `${head()}\n\n${markdownTable(groups, columns)}`;
}

/** A line for each subject, then what failed, and why the rest was skipped. */
export function conformanceTables(): string {
  const rows = allRows()[0].results;
  const subjects = Map.groupBy(rows, ({ file }) => subjectOf(file));
  const groups = [...subjects].map(([subject, files]) => grouped(`\`${subject}\``, files));
  const isWholly = ({ run, rendering }: Group) => run === rendering;
  const rest = rows.filter(({ file }) => isWholly(grouped('', subjects.get(subjectOf(file))!)));
  const shown = [
    ...groups.filter((group) => !isWholly(group)),
    grouped(`${groups.filter(isWholly).length} others, wholly of textures or rendering`, rest),
  ];
  const failures = rows.flatMap(({ file, failures }) =>
    Object.entries(failures).map(([test, failed]) => ({ test: `\`${file}:${test}\``, failed })),
  );
  const reasons = new Map<string, number>();
  for (const { skipped } of rows) {
    for (const [reason, subcases] of Object.entries(skipped))
      reasons.set(reason, (reasons.get(reason) ?? 0) + subcases);
  }
  const why = [...reasons].map(([reason, subcases]) => ({ reason, subcases }));
  return [
    head(),
    markdownTable(shown, columns),
    'What failed:',
    markdownTable(failures, [
      { title: 'test', value: ({ test }) => test },
      { title: 'subcases', value: ({ failed }) => failed },
    ]),
    'Why subcases were skipped that need no texture and no rendering, with the number in the sample:',
    markdownTable(why.sort((a, b) => b.subcases - a.subcases).slice(0, 40), [
      { title: 'reason', value: ({ reason }) => shortened(reason) },
      { title: 'subcases', value: ({ subcases }) => subcases },
    ]),
  ].join('\n\n');
}
