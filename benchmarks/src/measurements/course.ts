/** Tables of a course's practicals, from the folder of their sweep. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, markdownTable } from '../output/table.ts';
import type { Run } from '../results/file.ts';
import { readRuns, wrap } from './data.ts';

/** The sweep as a whole. */
interface Whole {
  readonly version: string;
  readonly adapter: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly hosts: number;
}

/** The practicals, one place in each list for each: two hundred of them are a file that stays small. */
interface Students {
  readonly seed: readonly number[];
  readonly seconds: readonly number[];
  readonly coreSeconds: readonly number[];
  /** Most memory, in MB; 0 where it is not known. */
  readonly peak: readonly number[];
  /** In MB. */
  readonly disk: readonly number[];
  readonly attempts: readonly number[];
  readonly scores: Readonly<Record<string, readonly (number | null)[]>>;
  /** Where the sweep was merged with a file of grades. */
  readonly marks?: readonly string[];
}

/** What is read of `sweep.json`. */
interface Sweep {
  readonly version: string;
  readonly file: string;
  readonly cells: readonly { readonly name: string; readonly run: string; readonly seed: number }[];
}

/** What is read of a cell's `time.json`. */
interface Time {
  readonly seconds: number;
  readonly coreSeconds: number;
  readonly peakBytes: number;
  readonly diskBytes: number;
  readonly attempts: number;
  readonly endedAt: string;
  readonly host: string;
}

/** The scores that pages show, of all that the practicals have. */
const shown: Readonly<Record<string, string>> = {
  '1a-scratch.test.auc': 'Chest, 300 labels, from scratch: AUC',
  '1c-autoencoder.test.auc': 'Chest, 300 labels, autoencoder weights: AUC',
  '2-chest-all.test.auc': 'Chest, all labels: AUC',
  '2-pneumonia-scratch.test.auc': 'Pneumonia, from scratch: AUC',
  '2a-frozen-bn-eval.test.auc': 'Pneumonia, frozen encoder: AUC',
  '2b-trainable.test.auc': 'Pneumonia, trainable encoder: AUC',
  'autoencoder.test.psnr': 'Autoencoder: PSNR in decibels',
};

/** The figures of a sweep of practicals that is done. @param dir its folder */
export function courseRun(dir: string): Run<Whole | Students> {
  const json = <T>(...names: string[]) => JSON.parse(readFileSync(join(dir, ...names), 'utf8')) as T;
  const { version, file, cells } = json<Sweep>('sweep.json');
  const cell = (name: string, ...names: string[]) => ['cells', name, ...names];
  const times = cells.map(({ name }) => json<Time>(...cell(name, 'time.json')));
  const [first] = cells;
  const { adapter } = json<{ adapter: string }>(...cell(first.name, 'run', 'results.json'));
  const begun = cells.map(
    ({ name }) => readFileSync(join(dir, ...cell(name, 'attempts.txt')), 'utf8').split(' ')[0],
  );
  const whole: Whole = {
    version,
    adapter,
    startedAt: begun.sort()[0],
    endedAt: times
      .map(({ endedAt }) => endedAt)
      .sort()
      .at(-1)!,
    hosts: new Set(times.map(({ host }) => host)).size,
  };
  const found = cells.map(
    ({ name }) => json<{ scores: Record<string, number> }>(...cell(name, 'done.json')).scores,
  );
  const scores = Object.keys(shown).map((score) => [score, found.map((one) => digits(one[score]))] as const);
  const marks = marksIn(join(dir, 'merged', 'grades.csv'));
  const students: Students = {
    seed: cells.map(({ seed }) => seed),
    seconds: times.map(({ seconds }) => seconds),
    coreSeconds: times.map(({ coreSeconds }) => coreSeconds),
    peak: times.map(({ peakBytes }) => Math.round(peakBytes / 1e6)),
    disk: times.map(({ diskBytes }) => Math.round(diskBytes / 1e6)),
    attempts: times.map(({ attempts }) => attempts),
    scores: Object.fromEntries(scores.filter(([, values]) => values.some((value) => value !== null))),
    ...(marks.size > 0 ? { marks: cells.map(({ name }) => marks.get(name) ?? 'none') } : {}),
  };
  return { command: `npm run sweep -- ${file}`, results: [whole, students] };
}

const digits = (value: number | undefined) => (value === undefined ? null : Number(value.toPrecision(4)));

/** The mark of each student in a table of grades, `none` where no mark was reached; empty without the table. */
function marksIn(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').split('\n');
  const [head, ...rows] = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(','));
  const [student, mark] = ['student', 'mark'].map((name) => head.indexOf(name));
  if (mark < 0) return new Map();
  return new Map(rows.map((row) => [row[student], row[mark] || 'none']));
}

/** What the practicals of a course cost, and how their scores scatter. */
export function courseTable(): string {
  const [{ command, results }] = readRuns<Whole | Students>('course');
  const { startedAt, endedAt, hosts, version, adapter } = results[0] as Whole;
  const students = results[1] as Students;
  const { seed, seconds, coreSeconds, peak, disk, attempts, scores, marks } = students;
  const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / 60_000;
  const again = attempts.filter((count) => count > 1).length;
  const lead = wrap(
    `\`${command}\`, ${startedAt.slice(0, 10)}, version ${version}: ${adapter}. ${seed.length} practicals took ` +
      `${minutes < 90 ? `${minutes.toFixed(0)} minutes` : `${(minutes / 60).toFixed(1)} hours`} on ` +
      `${hosts === 1 ? 'one machine' : `${hosts} machines`}; ${again} of them were begun more than once.`,
  );
  // What earlier attempts took is not known.
  const once = (values: readonly number[]) =>
    values.filter((_, i) => attempts[i] === 1 && coreSeconds[i] > 0);
  const costs: Rows = {
    'seconds, where begun once': once(seconds),
    'core seconds, where begun once': once(coreSeconds),
    'memory, MB': peak.filter((megabytes) => megabytes > 0),
    'disk, MB': disk,
  };
  const judged: Rows = Object.fromEntries(
    Object.entries(scores).map(([score, values]) => [shown[score], values.filter((value) => value !== null)]),
  );
  const byMark = [...Map.groupBy(marks ?? [], (mark) => mark)].sort();
  return [
    lead,
    spreadTable('of one practical', costs),
    spreadTable('score on the test images', judged),
    ...(marks
      ? [
          markdownTable(byMark, [
            { title: 'mark', value: ([mark]) => mark },
            { title: 'practicals', value: ([, these]) => these.length },
          ]),
        ]
      : []),
  ].join('\n\n');
}

/** Values by the name of their row. */
type Rows = Readonly<Record<string, readonly number[]>>;

/** Mean, deviation, and ends of the values of each row. */
function spreadTable(title: string, rows: Rows): string {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const column = (
    title: string,
    value: (values: readonly number[]) => number,
  ): Column<[string, Rows[string]]> => ({
    title,
    value: ([name, values]) => {
      const found = value(values);
      return Number.isFinite(found)
        ? found.toFixed(/AUC/.test(name) ? 3 : /decibel/.test(name) ? 1 : 0)
        : '–';
    },
  });
  return markdownTable(Object.entries(rows), [
    { title, value: ([name]) => name },
    column('mean', mean),
    column('deviation', (values) => {
      const middle = mean(values);
      return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
    }),
    column('least', (values) => Math.min(...values)),
    column('most', (values) => Math.max(...values)),
  ]);
}
