/** Counts of the conformance suite's test files, and what is kept of them for the documents. */
import {
  type ConformanceFailure,
  type ConformanceGroup,
  type ConformanceHead,
  type ConformanceReason,
  type KeptGroup,
  USUAL,
} from '../../../benchmarks/src/measurements/conformance.ts';

/** A test file of the suite: how many of its subcases ran, and how they ended. */
export interface FileCounts {
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
  /** Skipped, because rendering, samplers, or textures of some sort are missing. */
  readonly rendering: number;
  /** Skipped for another reason: how many for each. */
  readonly skipped: Readonly<Record<string, number>>;
  /** How many subcases of which test failed. */
  readonly failures: Readonly<Record<string, number>>;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const others = ({ skipped }: FileCounts): number => sum(Object.values(skipped));
const runOf = (row: FileCounts): number => row.passed + row.failed + row.rendering + others(row);

/** The sums of some files. */
export function grouped(title: string, rows: readonly FileCounts[]): ConformanceGroup {
  const over = (value: (row: FileCounts) => number) => sum(rows.map(value));
  const scaled = (value: (row: FileCounts) => number) =>
    over((row) => (runOf(row) === 0 ? 0 : (value(row) * row.subcases) / runOf(row)));
  const skipped = scaled(others);
  const wanted = skipped + scaled((row) => row.passed + row.failed);
  return {
    title,
    files: rows.length,
    subcases: over((row) => row.subcases),
    run: over(runOf),
    passed: over((row) => row.passed),
    failed: over((row) => row.failed),
    rendering: over((row) => row.rendering),
    skipped: over(others),
    skippedShare: wanted === 0 ? null : Math.round((1000 * skipped) / wanted) / 10,
  };
}

const SUBJECT =
  /^(api\/[^/]+(?:\/[^/]+)?|shader\/[^/]+(?:\/expression\/call\/builtin|\/expression\/[^/]+|\/[^/]+)?)/;

/** The subject of a file: a folder of two or three levels, each builtin function by itself. */
export function subjectOf(file: string): string {
  if (file.startsWith('shader/execution/expression/call/builtin/')) return file;
  return SUBJECT.exec(file.slice(0, file.lastIndexOf('/')))![0];
}

const PARTS = ['api/operation', 'api/validation', 'shader/execution', 'shader/validation'];
/** So many reasons are kept. */
const MOST_REASONS = 12;

/** A group as it is kept, which is short: what `USUAL` says is left out. */
const shortened = (group: ConformanceGroup): KeptGroup =>
  Object.fromEntries(
    Object.entries(group).filter(([name, value]) => USUAL[name as keyof typeof USUAL] !== value),
  ) as unknown as KeptGroup;

/** What the documents show: the parts, the subjects, what failed, why the rest was skipped. */
export function keptOf(
  rows: readonly FileCounts[],
): (ConformanceHead | KeptGroup | ConformanceFailure | ConformanceReason)[] {
  const distinct = (value: (row: FileCounts) => string) => [...new Set(rows.map(value))].sort().join(', ');
  const head: ConformanceHead = {
    suite: distinct(({ suite }) => suite),
    commits: distinct(({ commit }) => commit),
    every: Math.max(...rows.map(({ every }) => every)),
  };
  const parts = PARTS.map((part) =>
    grouped(
      part,
      rows.filter(({ file }) => file.startsWith(`${part}/`)),
    ),
  );
  const bySubject = Map.groupBy(rows, ({ file }) => subjectOf(file));
  const subjects = [...bySubject].map(([subject, files]) => grouped(subject, files));
  const isWholly = ({ run, rendering }: ConformanceGroup) => run === rendering;
  const wholly = subjects.filter(isWholly);
  const rest = wholly.flatMap(({ title }) => bySubject.get(title)!);
  const failures = rows.flatMap(({ file, failures }) =>
    Object.entries(failures).map(([test, failed]) => ({ test: `${file}:${test}`, failed })),
  );
  const reasons = new Map<string, number>();
  for (const { skipped } of rows) {
    for (const [reason, subcases] of Object.entries(skipped))
      reasons.set(reason, (reasons.get(reason) ?? 0) + subcases);
  }
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]).slice(0, MOST_REASONS);
  return [
    head,
    ...[...parts, grouped('in all', rows)].map((group) => shortened({ ...group, part: true })),
    ...subjects.filter((group) => !isWholly(group)).map(shortened),
    shortened(grouped(`${wholly.length} others, wholly of textures or rendering`, rest)),
    ...failures,
    ...sorted.map(([reason, subcases]) => ({ reason, subcases })),
  ];
}
