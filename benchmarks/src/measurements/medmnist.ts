/** Tables of MedMNIST's benchmark, from run folders of `npm run medmnist`. */
import type { BenchmarkResults } from '@glassbox/experiments';
import { type Column, markdownTable } from '../output/table.ts';
import type { Run } from '../results/file.ts';
import { readRuns, wrap } from './data.ts';

/** What is kept of a training's scores by one of its epochs. */
interface Scored {
  readonly training: string;
  readonly protocol: string;
  readonly set: string;
  readonly net: string;
  readonly size: string;
  readonly mode: string;
  readonly seed: number;
  readonly kept: 'best' | 'last';
  /** Epochs that were trained. */
  readonly epochs: number;
  readonly auc?: number;
  readonly accuracy: number;
  readonly meanRecall?: number;
  readonly seconds: number;
  /** Mean loss over the training images in the first and in the last epoch. Older runs here have none. */
  readonly losses?: readonly [first: number, last: number];
  readonly publishedAuc?: number;
  readonly publishedAccuracy?: number;
}

/** What is kept of a run as a whole. */
interface Whole {
  readonly startedAt: string;
  readonly device: string;
  readonly adapter: string;
}

type Kept = Scored | Whole;

const isScored = (result: object): result is Scored => 'kept' in result;
const isWhole = (result: object): result is Whole => 'startedAt' in result;

/** The figures of a run's `results.json` that the page shows. */
export function medmnistRun(results: BenchmarkResults): Run<Kept> {
  const { command, startedAt, device, adapter, protocol, cells, summaries } = results;
  const scored = cells.flatMap((cell) =>
    Object.entries(cell.kept).map(([kept, { test }]): Scored => {
      const { id: training, set, net, size, mode, seed, history, trainSeconds: seconds } = cell;
      const { auc, accuracy, meanRecall } = test.scores;
      const summary = summaries.find(
        (one) => one.set === set && one.net === net && one.size === size && one.mode === mode,
      );
      const [publishedAuc, publishedAccuracy] = [summary?.auc?.published, summary?.accuracy.published];
      return {
        training,
        protocol: protocol.name,
        set,
        net,
        size: protocol.enlargedTo === null ? String(size) : `${size} to ${protocol.enlargedTo}`,
        mode,
        seed,
        kept: kept as Scored['kept'],
        epochs: history.length,
        ...(auc === null ? {} : { auc }),
        accuracy,
        ...(meanRecall === null ? {} : { meanRecall }),
        seconds,
        ...(history.length > 0 && { losses: [rounded(history[0]), rounded(history.at(-1)!)] }),
        ...(publishedAuc === undefined ? {} : { publishedAuc }),
        ...(publishedAccuracy === undefined ? {} : { publishedAccuracy }),
      };
    }),
  );
  return {
    command: command.replace(/ --out[ =]\S+/, ''),
    results: [{ startedAt, device, adapter }, ...scored],
  };
}

const rounded = ({ trainLoss }: BenchmarkResults['cells'][number]['history'][number]) =>
  Number(trainLoss.toPrecision(4));

/** Runs before, without the trainings that the new one has, too; a run without any left goes. */
export function withRun(before: readonly Run[], run: Run): Run[] {
  const key = ({ protocol, training }: Scored) => `${protocol} ${training}`;
  const fresh = new Set(run.results.filter(isScored).map(key));
  const left = before.flatMap((old) => {
    const results = old.results.filter((result) => !isScored(result) || !fresh.has(key(result)));
    return results.some(isScored) ? [{ ...old, results }] : [];
  });
  return [...left, run];
}

/** All seeds of one net on one set, by one of the kept epochs. */
type Row = readonly Scored[];

const columns: readonly Column<Row>[] = [
  { title: 'set, net, size', value: ([one]) => nameOf(one) },
  { title: 'kept', value: ([{ kept }]) => (kept === 'best' ? 'best' : 'last') },
  {
    title: 'AUC (published)',
    value: (row) => overSeeds(row.map(({ auc }) => auc)) + beside(row[0].publishedAuc),
  },
  {
    title: 'accuracy (published)',
    value: (row) => overSeeds(row.map(({ accuracy }) => accuracy)) + beside(row[0].publishedAccuracy),
  },
  { title: 'recall', value: (row) => overSeeds(row.map(({ meanRecall }) => meanRecall)).split(' ±')[0] },
  { title: 'seeds', value: (row) => row.length },
  { title: 'epochs', value: (row) => mean(row.map(({ epochs }) => epochs)) },
  {
    title: 'loss',
    value: (row) => {
      const [first, last] = [0, 1].map((at) => row.flatMap(({ losses }) => losses?.[at] ?? []));
      return first.length > 0 ? `${mean(first).toFixed(3)} to ${mean(last).toFixed(3)}` : '';
    },
  },
  {
    title: 's an epoch',
    // The machine did other work beside some seeds.
    value: (row) =>
      Math.min(...row.map(({ seconds, epochs }) => (epochs > 0 ? seconds / epochs : 0))).toFixed(1),
  },
];

/** Every net on every set, and the runs that they come from. */
export function medmnistTable(): string {
  const runs = readRuns<Kept>('medmnist');
  const groups = Map.groupBy(
    runs.flatMap(({ results }) => results).filter(isScored),
    (one) => `${one.protocol} ${nameOf(one)} ${one.kept}`,
  );
  const heads = runs.map(({ command, results }) => {
    const { startedAt, device, adapter } = results.find(isWhole)!;
    return wrap(`\`${command}\`, ${startedAt.slice(0, 10)}, ${device} (${adapter}).`);
  });
  return [...heads, markdownTable([...groups.values()], columns)].join('\n\n');
}

function nameOf({ protocol, set, net, size, mode }: Scored): string {
  const shown = [set, net, size, ...(mode === 'end-to-end' ? [] : [mode])].join(', ');
  return protocol === 'official' ? shown : `${shown} (${protocol})`;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `.893 ± .015`: mean and deviation over seeds (of the sample), the mean alone of one. */
function overSeeds(all: readonly (number | undefined)[]): string {
  const values = all.filter((value) => value !== undefined);
  if (values.length === 0) return 'not defined';
  const middle = mean(values);
  if (values.length === 1) return short(middle);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return `${short(middle)} ± ${short(Math.sqrt(squares / (values.length - 1)))}`;
}

const beside = (published: number | undefined) => (published === undefined ? '' : ` (${short(published)})`);

/** `.893` */
const short = (value: number) => value.toFixed(3).replace(/^0/, '');
