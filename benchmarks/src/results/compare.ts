import { UsageError } from '@glassbox/host/command-line';
import { type Machine, machineLine } from '../machine.ts';
import type { Column } from '../output/table.ts';
import { type Estimate, estimate, type Ratio, ratioOfMeans, type Unit } from '../statistics.ts';
import type { Measured } from '../timing.ts';
import type { Run } from './file.ts';

/** One side of a comparison: a file's runs, and what it is called. */
export interface Side {
  readonly name: string;
  readonly runs: readonly Run[];
}

/** One figure that both sides have. */
export interface ComparedFigure extends Ratio {
  readonly id: string;
  readonly figure: string;
  readonly unit: Unit;
  readonly before: number;
  readonly after: number;
  /** What the interval of `after` over `before` says. */
  readonly verdict: 'better' | 'worse' | 'no difference seen' | 'not known';
  /** True if either side's row was. */
  readonly noisy: boolean;
}

export interface ComparedRuns {
  readonly figures: readonly ComparedFigure[];
  /** Rows that only one side has, or that hold no figure of the other's kind. */
  readonly missing: readonly { readonly id: string; readonly from: string }[];
  /** What whoever reads the ratios must know. */
  readonly remarks: readonly string[];
}

/**
 * Compares two results, row by row: ratios of means, the second over the first. Of several runs of a side, the runs'
 * means are the measurements, so that their interval holds what differs from run to run.
 * @throws UsageError if they have no figure in common. Figures of different machines are no measure of the code: of
 * those only ratios count that each machine measured within one run (`times`, `%`).
 */
export function compareRuns(before: Side, after: Side): ComparedRuns {
  const [old, now] = [figuresOf(before), figuresOf(after)];
  for (const [side, rows] of [
    [before, old],
    [after, now],
  ] as const) {
    if (rows.size > 0) continue;
    throw new UsageError(
      `${side.name}: none of its rows has estimates to compare; run its benchmark again: ${side.runs[0].command}`,
    );
  }
  const difference = machineDifference([...before.runs, ...after.runs]);
  const figures: ComparedFigure[] = [];
  const missing: { id: string; from: string }[] = [];
  let leftOut = 0;
  for (const id of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(id), now.get(id)];
    if (!a || !b) {
      missing.push({ id, from: a ? after.name : before.name });
      continue;
    }
    for (const figure of new Set([...a.figures.keys(), ...b.figures.keys()])) {
      const [one, other] = [a.figures.get(figure), b.figures.get(figure)];
      if (!one || !other || one.unit !== other.unit) {
        missing.push({ id: `${id}: ${figure}`, from: one ? after.name : before.name });
      } else if (difference && one.unit !== 'times' && one.unit !== '%') {
        leftOut++;
      } else {
        figures.push(compared(id, figure, one, other, a.noisy || b.noisy));
      }
    }
  }
  if (figures.length === 0) {
    throw new UsageError(
      leftOut > 0
        ? `${before.name} and ${after.name} are from different machines (${difference}), so their times cannot be ` +
            'compared. Take both on one machine.'
        : `${before.name} and ${after.name} have no row in common: they hold ${example(old)} and ${example(now)}. ` +
            'Run the same benchmark with the same nets, batch and device.',
    );
  }
  return { figures, missing, remarks: remarks(before, after, difference, leftOut) };
}

interface Row {
  readonly figures: ReadonlyMap<string, Estimate>;
  readonly noisy: boolean;
}

/** The rows of a side by their names. Rows of one name in one run (kernels that differ in text) are counted apart. */
function figuresOf({ runs }: Side): Map<string, Row> {
  const rows = new Map<string, Measured[]>();
  for (const { results } of runs) {
    const seen = new Map<string, number>();
    for (const row of results as readonly Partial<Measured>[]) {
      if (row.id === undefined || row.estimates === undefined) continue;
      const count = (seen.get(row.id) ?? 0) + 1;
      seen.set(row.id, count);
      const id = count === 1 ? row.id : `${row.id} (${count})`;
      rows.set(id, [...(rows.get(id) ?? []), row as Measured]);
    }
  }
  return new Map(
    [...rows].map(([id, measured]) => {
      const names = new Set(measured.flatMap(({ estimates }) => Object.keys(estimates)));
      const figures = [...names].map((name): [string, Estimate] => {
        const all = measured.flatMap(({ estimates }) =>
          Object.hasOwn(estimates, name) ? [estimates[name]] : [],
        );
        if (all.length === 1) return [name, all[0]];
        return [
          name,
          estimate(
            all.map(({ mean }) => mean),
            all[0].unit,
          ),
        ];
      });
      return [id, { figures: new Map(figures), noisy: measured.some(({ noisy }) => noisy) }];
    }),
  );
}

function compared(
  id: string,
  figure: string,
  before: Estimate,
  after: Estimate,
  noisy: boolean,
): ComparedFigure {
  const { ratio, interval } = ratioOfMeans(after, before);
  const lessIsBetter = before.unit === 'ms' || before.unit === 'us';
  const [low, high] = interval ?? [0, Number.POSITIVE_INFINITY];
  const verdict =
    interval === null
      ? 'not known'
      : low <= 1 && high >= 1
        ? 'no difference seen'
        : high < 1 === lessIsBetter
          ? 'better'
          : 'worse';
  return {
    ...{ id, figure, unit: before.unit, before: before.mean, after: after.mean },
    ...{ ratio, interval, verdict, noisy },
  };
}

/** In what the machines of these runs differ; undefined if they are one machine, as far as runs say. */
function machineDifference(runs: readonly Run[]): string | undefined {
  const names = new Set(
    runs.map(({ machine }) =>
      machine ? `${machine.cpu}, ${machine.cores} cores, ${machine.platform}` : 'a machine that is not named',
    ),
  );
  // Two machines without a name may be two.
  const unnamed = runs.length > 1 && runs.some(({ machine }) => !machine);
  return names.size > 1 || unnamed ? [...names].join('; ') : undefined;
}

function remarks(before: Side, after: Side, difference: string | undefined, leftOut: number): string[] {
  const from = ({ name, runs }: Side) =>
    runs.map(({ command, machine }) => `${name}: ${command}${machine ? `, ${about(machine)}` : ''}`);
  return [
    ...from(before),
    ...from(after),
    ...(difference ? [`Different machines (${difference}): ${leftOut} times and rates are left out.`] : []),
    'The intervals hold the noise within each run. What else differed from one run to the other (load, temperature, ' +
      'the place in memory) is not in them, unless the files hold several runs.',
  ];
}

function about(machine: Machine): string {
  const commit = machine.commit ? `, commit ${machine.commit}` : '';
  return `${machine.date.slice(0, 16).replace('T', ' ')}${commit}, ${machineLine(machine)}`;
}

function example(rows: ReadonlyMap<string, Row>): string {
  const [first] = rows.keys();
  return `'${first}'${rows.size > 1 ? ` and ${rows.size - 1} more` : ''}`;
}

/** How a comparison is printed. */
export const comparedColumns: readonly Column<ComparedFigure>[] = [
  { title: 'row', value: (r) => r.id },
  { title: 'figure', value: (r) => r.figure },
  { title: 'unit', value: (r) => r.unit },
  { title: 'before', value: (r) => r.before, digits: 3 },
  { title: 'after', value: (r) => r.after, digits: 3 },
  { title: 'after / before', value: (r) => r.ratio, digits: 3 },
  {
    title: '95 % interval',
    value: (r) => (r.interval ? r.interval.map((end) => end.toFixed(3)).join(' - ') : '-'),
  },
  { title: 'after is', value: (r) => r.verdict },
];
