/** What became of the public WebGPU conformance suite: tables of what `npm run conformance -- --cts` counted. */
import { type Column, markdownTable } from '../output/table.ts';
import { caption, readRuns, wrap } from './data.ts';

/** What was run. */
export interface ConformanceHead {
  /** The suite's commit. */
  readonly suite: string;
  /** The project's commits at which files were counted. */
  readonly commits: string;
  /** One in so many of each test's subcases was run. */
  readonly every: number;
}

/** Files under one title. */
export interface ConformanceGroup {
  readonly title: string;
  /** It is a part of the suite, not a subject. */
  readonly part?: boolean;
  readonly files: number;
  readonly subcases: number;
  readonly run: number;
  readonly passed: number;
  readonly failed: number;
  /** Skipped for want of textures or rendering, and for other reasons. */
  readonly rendering: number;
  readonly skipped: number;
  /**
   * Of the subcases that need no texture and no rendering, how many of 100 were skipped, each file scaled to all of its
   * subcases; null without any.
   */
  readonly skippedShare: number | null;
}

/** Members of groups that have these values are not kept. */
export const USUAL = { part: false, files: 1, failed: 0, rendering: 0, skipped: 0, skippedShare: 0 } as const;
export type KeptGroup = Omit<ConformanceGroup, keyof typeof USUAL> & Partial<ConformanceGroup>;

/** A test of which some subcases failed. */
export interface ConformanceFailure {
  readonly test: string;
  readonly failed: number;
}

/** Why subcases were skipped. */
export interface ConformanceReason {
  readonly reason: string;
  readonly subcases: number;
}

type Kept = ConformanceHead | KeptGroup | ConformanceFailure | ConformanceReason;

const count = (title: string, value: (group: ConformanceGroup) => number): Column<ConformanceGroup> => ({
  title,
  value,
});
const columns: readonly Column<ConformanceGroup>[] = [
  { title: 'subject', value: ({ title }) => (title.includes(' ') ? title : `\`${title}\``) },
  count('files', (g) => g.files),
  count('subcases', (g) => g.subcases),
  count('run', (g) => g.run),
  count('passed', (g) => g.passed),
  count('failed', (g) => g.failed),
  count('textures, rendering', (g) => g.rendering),
  count('skipped', (g) => g.skipped),
  { title: '% skipped', value: (g) => g.skippedShare ?? '-', digits: 1 },
];

function read() {
  const [run] = readRuns<Kept>('conformance');
  const { results } = run;
  const head = results.find((row): row is ConformanceHead => 'commits' in row)!;
  const groups = results
    .filter((row): row is KeptGroup => 'title' in row)
    .map((group): ConformanceGroup => ({ ...USUAL, ...group }));
  const { suite, commits, every } = head;
  const counted = commits.includes(',') ? ` Files were counted at the commits ${commits}.` : '';
  const sampled =
    every === 1
      ? 'Every subcase was run.'
      : `Of each test one subcase in ${every} was run, chosen by a hash, and at least one. Files that are skipped as ` +
        'a whole count with all of their subcases, and shares count every file so.';
  return {
    above: `${caption(run)}\n\n${wrap(`The suite at ${suite}.${counted} ${sampled}`)}`,
    parts: groups.filter(({ part }) => part),
    subjects: groups.filter(({ part }) => !part),
    failures: results.filter((row): row is ConformanceFailure => 'test' in row),
    reasons: results.filter((row): row is ConformanceReason => 'reason' in row),
  };
}

/** A line for each part of the suite. */
export function conformanceSummary(): string {
  const { above, parts } = read();
  return `${above}\n\n${markdownTable(parts, columns)}`;
}

/** As much of a reason as a line has room for. */
const shortened = (reason: string) =>
  (reason.length > 90 ? `${reason.slice(0, 89)}…` : reason).replaceAll('|', '\\|');

/** A line for each subject, then what failed, and why the rest was skipped. */
export function conformanceTables(): string {
  const { above, subjects, failures, reasons } = read();
  return [
    above,
    markdownTable(subjects, columns),
    'What failed:',
    markdownTable(failures, [
      { title: 'test', value: ({ test }) => `\`${test}\`` },
      { title: 'subcases', value: ({ failed }) => failed },
    ]),
    'Why most were skipped that need no texture and no rendering:',
    markdownTable(reasons, [
      { title: 'reason', value: ({ reason }) => shortened(reason) },
      { title: 'subcases', value: ({ subcases }) => subcases },
    ]),
  ].join('\n\n');
}
