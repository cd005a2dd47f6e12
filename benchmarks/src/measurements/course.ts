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

/** One practical. */
interface Student {
  readonly seed: number;
  readonly seconds: number;
  readonly coreSeconds: number;
  readonly peakBytes: number;
  readonly diskBytes: number;
  readonly attempts: number;
  readonly scores: Readonly<Record<string, number>>;
  /** Where the sweep was merged with a file of grades. */
  readonly mark?: string;
}

/** What is read of `sweep.json`. */
interface Sweep {
  readonly version: string;
  readonly file: string;
  readonly cells: readonly { readonly name: string; readonly run: string; readonly seed: number }[];
}

/** What is read of a cell's `time.json`. */
interface Time extends Omit<Student, 'seed' | 'scores' | 'mark'> {
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
export function courseRun(dir: string): Run<Whole | Student> {
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
  const marks = marksIn(join(dir, 'merged', 'grades.csv'));
  const students = cells.map(({ name, seed }, i): Student => {
    const { seconds, coreSeconds, peakBytes, diskBytes, attempts } = times[i];
    const { scores } = json<Pick<Student, 'scores'>>(...cell(name, 'done.json'));
    const kept = Object.entries(scores).filter(([score]) => Object.hasOwn(shown, score));
    return {
      seed,
      seconds,
      coreSeconds,
      peakBytes,
      diskBytes,
      attempts,
      scores: Object.fromEntries(kept),
      mark: marks.get(name),
    };
  });
  return { command: `npm run sweep -- ${file}`, results: [whole, ...students] };
}

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

const isWhole = (result: object): result is Whole => 'startedAt' in result;

/** What the practicals of a course cost, and how their scores scatter. */
export function courseTable(): string {
  const [{ command, results }] = readRuns<Whole | Student>('course');
  const [whole] = results.filter(isWhole);
  const students = results.filter((one): one is Student => !isWhole(one));
  const { startedAt, endedAt, hosts, version, adapter } = whole;
  const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / 60_000;
  const again = students.filter(({ attempts }) => attempts > 1).length;
  const lead = wrap(
    `\`${command}\`, ${startedAt.slice(0, 10)}, version ${version}: ${adapter}. ${students.length} practicals took ` +
      `${minutes < 90 ? `${minutes.toFixed(0)} minutes` : `${(minutes / 60).toFixed(1)} hours`} on ` +
      `${hosts === 1 ? 'one machine' : `${hosts} machines`}; ${again} of them were begun more than once.`,
  );
  return [
    lead,
    markdownTable(Object.entries(costs), [
      { title: 'of one practical', value: ([name]) => name },
      ...spreadColumns<Cost>(({ of, scale, whole }) => [
        students.filter(whole).map((student) => student[of] / scale),
        0,
      ]),
    ]),
    markdownTable(
      Object.entries(shown).filter(([score]) => students.some(({ scores }) => score in scores)),
      [
        { title: 'score on the test images', value: ([, name]) => name },
        ...spreadColumns<string>((_, score) => [
          students.flatMap(({ scores }) => scores[score] ?? []),
          score.endsWith('psnr') ? 1 : 3,
        ]),
      ],
    ),
    ...marksTable(students),
  ].join('\n\n');
}

/** How many students have which mark, where marks were given. */
function marksTable(students: readonly Student[]): string[] {
  const byMark = Map.groupBy(students, ({ mark }) => mark);
  byMark.delete(undefined);
  if (byMark.size === 0) return [];
  return [
    markdownTable([...byMark].sort(), [
      { title: 'mark', value: ([mark]) => mark! },
      { title: 'practicals', value: ([, these]) => these.length },
    ]),
  ];
}

interface Cost {
  readonly of: 'seconds' | 'coreSeconds' | 'peakBytes' | 'diskBytes';
  readonly scale: number;
  /** Those of whom this is known in full. */
  readonly whole: (student: Student) => boolean;
}

/** What earlier attempts took is not known. */
const once = ({ attempts, coreSeconds }: Student) => attempts === 1 && coreSeconds > 0;

const costs: Readonly<Record<string, Cost>> = {
  'seconds, where begun once': { of: 'seconds', scale: 1, whole: once },
  'core seconds, where begun once': { of: 'coreSeconds', scale: 1, whole: once },
  'memory, MB': { of: 'peakBytes', scale: 1e6, whole: ({ peakBytes }) => peakBytes > 0 },
  'disk, MB': { of: 'diskBytes', scale: 1e6, whole: () => true },
};

/** Columns of a table of named rows: mean, deviation, and ends of some values. */
function spreadColumns<Row>(
  of: (row: Row, name: string) => readonly [values: readonly number[], digits: number],
): Column<[string, Row]>[] {
  const column = (title: string, value: (values: readonly number[]) => number): Column<[string, Row]> => ({
    title,
    value: ([name, row]) => {
      const [values, digits] = of(row, name);
      const found = value(values);
      return Number.isFinite(found) ? found.toFixed(digits) : '–';
    },
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    column('mean', mean),
    column('deviation', (values) => {
      const middle = mean(values);
      return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
    }),
    column('least', (values) => Math.min(...values)),
    column('most', (values) => Math.max(...values)),
  ];
}
