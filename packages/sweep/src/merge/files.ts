/** The tables of a merge as files. */
import type { RungResult } from '../rungs.ts';
import type { CellTime, PlannedCell } from './cells.ts';
import type { Groups } from './groups.ts';
import type { Compared } from './scores.ts';
import {
  type Comparison,
  type CostPoint,
  curveNames,
  curveOf,
  type Ranks,
  type Spread,
  type Summary,
} from './statistics.ts';
import { type Column, csv, Latex, latex, latexNumber } from './tables.ts';

/** Everything that is compared by one score. */
export interface Analysis {
  readonly metric: Compared;
  readonly comparisons: readonly Comparison[];
  readonly ranks: Ranks;
  readonly points: readonly CostPoint[];
}

const meanAndDeviation = (spread: Spread | undefined): Latex => {
  if (spread === undefined || spread.deviation === undefined) return latexNumber(spread?.mean);
  return new Latex(`$${spread.mean.toFixed(3)} \\pm ${spread.deviation.toFixed(3)}$`);
};

const intervalColumns = <Row>(of: (row: Row) => Spread): Column<Row>[] => [
  { name: 'n', value: (row) => of(row).n },
  { name: 'mean', value: (row) => of(row).mean },
  { name: 'deviation', value: (row) => of(row).deviation },
  { name: 'low', value: (row) => of(row).interval?.[0] },
  { name: 'high', value: (row) => of(row).interval?.[1] },
];

/** `configurations.csv` has a row for each score of each configuration; the LaTeX table a column for each score. */
export function configurationFiles(
  summaries: readonly Summary[],
  metrics: readonly string[],
  note?: string,
): [string, string][] {
  const rows = summaries.flatMap(({ configuration, scores }) =>
    [...scores].map(([metric, spread]) => ({ ...configuration, metric, spread })),
  );
  return [
    [
      'configurations.csv',
      csv(
        [
          { name: 'set', value: ({ set }) => set },
          { name: 'configuration', value: ({ name }) => name },
          { name: 'metric', value: ({ metric }) => metric },
          ...intervalColumns<(typeof rows)[number]>(({ spread }) => spread),
        ],
        rows,
        note,
      ),
    ],
    [
      'configurations.tex',
      latex(
        [
          { head: 'set', cell: ({ configuration }) => configuration.set },
          { head: 'configuration', cell: ({ configuration }) => configuration.name },
          { head: 'n', cell: ({ configuration }) => String(configuration.cells.length), right: true },
          ...metrics.map((metric) => ({
            head: metric,
            cell: ({ scores }: Summary) => meanAndDeviation(scores.get(metric)),
            right: true,
          })),
        ],
        summaries,
        note,
      ),
    ],
  ];
}

/** `all sets`, in place of a set's name. */
export const scopeOf = (set: string | undefined): string => set ?? 'all sets';

/** `comparisons.csv`, `ranks.csv`, `friedman.csv`, `pareto.csv` and their LaTeX. */
export function analysisFiles(analyses: readonly Analysis[], note?: string): [string, string][] {
  const withMetric = <Row extends object>(of: (analysis: Analysis) => readonly Row[]) =>
    analyses.flatMap((analysis) => of(analysis).map((row) => ({ ...row, metric: analysis.metric.name })));
  const comparisons = withMetric(({ comparisons: all }) => all);
  const ranks = withMetric(({ ranks: { bySet } }) =>
    bySet.flatMap(({ set, ranked }) => ranked.map((one) => ({ set, ...one }))),
  );
  const overall = withMetric(({ ranks: { overall: found } }) => (found ? [found] : []));
  const points = withMetric(({ points: all }) => all);
  const metric = { name: 'metric', value: (row: { metric: string }) => row.metric };
  const metricHead = { head: 'score', cell: (row: { metric: string }) => row.metric };
  const p = (value: number) => (value < 0.0005 ? new Latex('$< 0.001$') : latexNumber(value));
  return [
    [
      'comparisons.csv',
      csv(
        [
          metric,
          { name: 'scope', value: ({ set }) => scopeOf(set) },
          { name: 'a', value: ({ a }) => a },
          { name: 'b', value: ({ b }) => b },
          ...intervalColumns<(typeof comparisons)[number]>(({ difference }) => difference),
          { name: 'test', value: ({ test }) => test },
          { name: 'p', value: ({ p: own }) => own },
          { name: 'p_holm', value: ({ adjusted }) => adjusted },
        ],
        comparisons,
        note,
      ),
    ],
    [
      'comparisons.tex',
      latex(
        [
          metricHead,
          { head: 'on', cell: ({ set }) => scopeOf(set) },
          { head: 'a', cell: ({ a }) => a },
          { head: 'b', cell: ({ b }) => b },
          { head: 'pairs', cell: ({ difference }) => String(difference.n), right: true },
          { head: 'a - b', cell: ({ difference }) => latexNumber(difference.mean), right: true },
          { head: 'p', cell: (row) => p(row.p), right: true },
          { head: 'p (Holm)', cell: (row) => p(row.adjusted), right: true },
        ],
        comparisons,
        note,
      ),
    ],
    [
      'ranks.csv',
      csv(
        [
          metric,
          { name: 'set', value: ({ set }) => set },
          { name: 'configuration', value: ({ name }) => name },
          { name: 'mean', value: ({ mean }) => mean },
          { name: 'rank', value: ({ rank }) => rank },
        ],
        ranks,
        note,
      ),
    ],
    [
      'ranks.tex',
      latex(
        [
          metricHead,
          { head: 'set', cell: ({ set }) => set },
          { head: 'configuration', cell: ({ name }) => name },
          { head: 'mean', cell: ({ mean }) => latexNumber(mean), right: true },
          { head: 'rank', cell: ({ rank }) => latexNumber(rank, 1), right: true },
        ],
        ranks,
        note,
      ),
    ],
    [
      'friedman.csv',
      csv(
        [
          metric,
          { name: 'sets', value: ({ sets }) => sets.length },
          { name: 'configurations', value: ({ meanRanks }) => meanRanks.length },
          { name: 'chi_square', value: ({ chiSquare }) => chiSquare },
          { name: 'p', value: (row) => row.p },
          { name: 'f', value: ({ f }) => f },
          { name: 'f_p', value: ({ fP }) => fP },
          { name: 'critical_difference', value: ({ criticalDifference }) => criticalDifference },
        ],
        overall,
        note,
      ),
    ],
    [
      'pareto.csv',
      csv(
        [
          metric,
          { name: 'set', value: ({ set }) => set },
          { name: 'configuration', value: ({ name }) => name },
          { name: 'mean', value: ({ score }) => score },
          { name: 'parameters', value: ({ parameters }) => parameters },
          { name: 'multiplications', value: ({ multiplications }) => multiplications },
          { name: 'front_parameters', value: ({ front }) => front.parameters },
          { name: 'front_multiplications', value: ({ front }) => front.multiplications },
        ],
        points,
        note,
      ),
    ],
    [
      'pareto.tex',
      latex(
        [
          metricHead,
          { head: 'set', cell: ({ set }) => set },
          { head: 'configuration', cell: ({ name }) => name },
          { head: 'mean', cell: ({ score }) => latexNumber(score), right: true },
          { head: 'parameters', cell: ({ parameters }) => latexNumber(parameters, 0), right: true },
          {
            head: 'multiplications',
            cell: ({ multiplications }) => latexNumber(multiplications, 0),
            right: true,
          },
          { head: 'front', cell: ({ front }) => (front.parameters || front.multiplications ? 'yes' : '') },
        ],
        points,
        note,
      ),
    ],
  ];
}

/** `cells.csv`: every score of every cell. */
export function cellFile(
  { configurations }: Groups,
  metrics: readonly string[],
  note?: string,
): [string, string] {
  const rows = configurations.flatMap(({ set, name, cells }) =>
    cells.map((cell) => ({ set, configuration: name, cell })),
  );
  return [
    'cells.csv',
    csv(
      [
        { name: 'cell', value: ({ cell }) => cell.name },
        { name: 'set', value: ({ set }) => set },
        { name: 'configuration', value: ({ configuration }) => configuration },
        { name: 'seed', value: ({ cell }) => cell.seed },
        ...metrics.map((metric) => ({
          name: metric,
          value: ({ cell }: (typeof rows)[number]) =>
            Object.hasOwn(cell.scores, metric) ? cell.scores[metric] : undefined,
        })),
      ],
      rows,
      note,
    ),
  ];
}

/** `curves.csv`: mean and deviation over seeds at each epoch. */
export function curveFile({ configurations }: Groups, note?: string): [string, string] {
  const names = curveNames(configurations.flatMap(({ cells }) => cells));
  const rows = configurations.flatMap((configuration) =>
    names.flatMap((curve) => curveOf(configuration, curve).map((point) => ({ configuration, curve, point }))),
  );
  return [
    'curves.csv',
    csv(
      [
        { name: 'set', value: ({ configuration }) => configuration.set },
        { name: 'configuration', value: ({ configuration }) => configuration.name },
        { name: 'curve', value: ({ curve }) => curve },
        { name: 'epoch', value: ({ point }) => point.epoch },
        { name: 'n', value: ({ point }) => point.n },
        { name: 'mean', value: ({ point }) => point.mean },
        { name: 'deviation', value: ({ point }) => point.deviation },
      ],
      rows,
      note,
    ),
  ];
}

/** `rungs.csv`: what each cell of a halving was worth at each of its rungs, and whether it went on. */
export function rungFile(rungs: readonly RungResult<PlannedCell>[], note?: string): [string, string] {
  const rows = rungs.flatMap(({ epochs, cells }, rung) => cells.map((one) => ({ rung, epochs, ...one })));
  return [
    'rungs.csv',
    csv(
      [
        { name: 'rung', value: ({ rung }) => rung },
        { name: 'epochs', value: ({ epochs }) => epochs },
        { name: 'cell', value: ({ cell }) => cell.name },
        { name: 'seed', value: ({ cell }) => cell.seed },
        { name: 'score', value: ({ score }) => score ?? undefined },
        { name: 'kept', value: ({ kept }) => kept },
      ],
      rows,
      note,
    ),
  ];
}

/** `times.csv`, the one table that two runs of a sweep do not share. */
export function timesFile(times: readonly CellTime[], note?: string): [string, string] {
  const columns = (
    ['name', 'seconds', 'coreSeconds', 'peakBytes', 'diskBytes', 'host', 'endedAt', 'attempts'] as const
  ).map((name) => ({
    name: name === 'name' ? 'cell' : name,
    value: (time: CellTime) => time[name],
  }));
  return ['times.csv', csv(columns, times, note)];
}
