/** From cells to statements: spread over seeds, paired comparisons, ranks, fronts, curves. */
import {
  bootstrapInterval,
  type FriedmanResult,
  friedmanTest,
  holm,
  type Interval,
  mean,
  midranks,
  nemenyiCriticalDifference,
  paretoFront,
  signFlipTest,
  standardDeviation,
  wilcoxonSignedRank,
} from '@glassbox/metrics';
import type { DoneCell } from './cells.ts';
import type { Configuration, Groups } from './groups.ts';
import type { Compared } from './scores.ts';

/** Some values and how they scatter. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** Sample deviation; absent for one value. */
  readonly deviation?: number;
  /** 95 % percentile bootstrap of the mean (1000 resamples, seed 0); absent for one value. */
  readonly interval?: Interval;
}

/** @throws on no values */
export function spreadOf(values: readonly number[]): Spread {
  const n = values.length;
  if (n < 2) return { n, mean: mean(values) };
  const interval = bootstrapInterval(n, (counts) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += counts[i] * values[i];
    return sum / n;
  });
  return { n, mean: mean(values), deviation: standardDeviation(values), interval };
}

/** The values of a score, by rising seed; cells that lack it are left out. */
export function valuesOf({ cells }: Configuration, metric: string): number[] {
  return cells.flatMap(({ scores }) => (Object.hasOwn(scores, metric) ? [scores[metric]] : []));
}

/** One configuration's spread of every score. */
export interface Summary {
  readonly configuration: Configuration;
  readonly scores: ReadonlyMap<string, Spread>;
}

/** Mean, deviation and interval of every configuration and score. */
export function summarise({ configurations }: Groups, metrics: readonly string[]): Summary[] {
  return configurations.map((configuration) => ({
    configuration,
    scores: new Map(
      metrics.flatMap((metric) => {
        const values = valuesOf(configuration, metric);
        return values.length === 0 ? [] : [[metric, spreadOf(values)] as const];
      }),
    ),
  }));
}

/** How two configurations differ in one score. */
export interface Comparison {
  /** Undefined over all sets. */
  readonly set: string | undefined;
  readonly a: string;
  readonly b: string;
  /** Of a minus b; pairs are seeds that both have, or sets (each with its mean over seeds). */
  readonly difference: Spread;
  /** Over seeds the sign-flip test of the mean; over sets Wilcoxon's signed-rank test. */
  readonly test: 'sign-flip' | 'wilcoxon';
  readonly p: number;
  /** p by Holm, over all comparisons of this score on this set, or over all sets. */
  readonly adjusted: number;
}

/**
 * All pairs, or all with the baseline, on each set, and where there are several also over them.
 * @throws on a baseline that does not exist
 */
export function compare(groups: Groups, metric: string, baseline: string | undefined): Comparison[] {
  const { sets, names } = groups;
  if (baseline !== undefined && !names.includes(baseline)) {
    throw new Error(`there is no configuration '${baseline}'; there are ${names.join(', ')}`);
  }
  const pairs =
    baseline === undefined
      ? names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const))
      : names.filter((name) => name !== baseline).map((name) => [name, baseline] as const);
  const family = (
    set: string | undefined,
    test: Comparison['test'],
    differencesOf: (a: string, b: string) => number[],
  ): Comparison[] => {
    const found = pairs.flatMap(([a, b]) => {
      const differences = differencesOf(a, b);
      if (differences.length === 0) return [];
      const p = test === 'wilcoxon' ? wilcoxonSignedRank(differences).p : signFlipTest(differences);
      return [{ set, a, b, test, p, difference: spreadOf(differences) }];
    });
    const adjusted = holm(found.map(({ p }) => p));
    return found.map((one, i) => ({ ...one, adjusted: adjusted[i] }));
  };
  const within = sets.flatMap((set) =>
    family(set, 'sign-flip', (a, b) => seedDifferences(groups.find(set, a), groups.find(set, b), metric)),
  );
  if (sets.length < 2) return within;
  const means = meansBySet(groups, metric);
  const over = family(undefined, 'wilcoxon', (a, b) =>
    sets.flatMap((_, i) => {
      const [one, other] = [means.get(a)![i], means.get(b)![i]];
      return one === undefined || other === undefined ? [] : [one - other];
    }),
  );
  return [...over, ...within];
}

/** a - b for each seed that both have. */
function seedDifferences(
  a: Configuration | undefined,
  b: Configuration | undefined,
  metric: string,
): number[] {
  const has = ({ scores }: DoneCell) => Object.hasOwn(scores, metric);
  const others = new Map(b?.cells.filter(has).map(({ seed, scores }) => [seed, scores[metric]]));
  return (a?.cells ?? []).flatMap((cell) => {
    const other = others.get(cell.seed);
    return other === undefined || !has(cell) ? [] : [cell.scores[metric] - other];
  });
}

/** For each name its means over seeds, by set; undefined where there are none. */
function meansBySet({ sets, names, find }: Groups, metric: string): Map<string, (number | undefined)[]> {
  return new Map(
    names.map((name) => [
      name,
      sets.map((set) => {
        const configuration = find(set, name);
        const values = configuration ? valuesOf(configuration, metric) : [];
        return values.length === 0 ? undefined : mean(values);
      }),
    ]),
  );
}

/** Ranks of configurations by one score, 1 for the best. */
export interface Ranks {
  /** Those that have the score on a set, with their mean over seeds there. */
  readonly bySet: readonly {
    readonly set: string;
    readonly ranked: readonly { readonly name: string; readonly mean: number; readonly rank: number }[];
  }[];
  /** Over the sets on which every configuration has the score; absent for fewer than two of these, or of three names. */
  readonly overall?: FriedmanResult & {
    readonly sets: readonly string[];
    readonly criticalDifference: number;
  };
}

/** Ranks on each set, and Friedman's test with Nemenyi's critical difference (alpha 0.05) over the sets. */
export function rank(groups: Groups, { name: metric, lower }: Compared): Ranks {
  const { sets, names } = groups;
  const means = meansBySet(groups, metric);
  const best = (value: number) => (lower ? value : -value);
  const bySet = sets.map((set, i) => {
    const there = names.flatMap((name) => {
      const value = means.get(name)![i];
      return value === undefined ? [] : [{ name, mean: value }];
    });
    const ranks = midranks(there.map((one) => best(one.mean)));
    return { set, ranked: there.map((one, k) => ({ ...one, rank: ranks[k] })) };
  });
  const full = bySet.filter(({ ranked }) => ranked.length === names.length);
  if (full.length < 2 || names.length < 3) return { bySet };
  const result = friedmanTest(full.map(({ ranked }) => ranked.map((one) => best(one.mean))));
  const criticalDifference = nemenyiCriticalDifference(names.length, full.length);
  return { bySet, overall: { ...result, sets: full.map(({ set }) => set), criticalDifference } };
}

/** What a configuration costs and scores on a set. */
export interface CostPoint {
  readonly set: string;
  readonly name: string;
  readonly score: number;
  readonly parameters?: number;
  readonly multiplications?: number;
  /** Whether no other configuration of the set has at most this cost and at least this score. */
  readonly best: { readonly parameters?: boolean; readonly multiplications?: boolean };
}

export const costs = ['parameters', 'multiplications'] as const;

/** Pareto fronts of the mean score and each cost, on each set. */
export function fronts({ sets, configurations }: Groups, { name: metric, lower }: Compared): CostPoint[] {
  return sets.flatMap((set) => {
    const points = configurations
      .filter((one) => one.set === set)
      .flatMap((configuration) => {
        const values = valuesOf(configuration, metric);
        if (values.length === 0) return [];
        const cost = (kind: (typeof costs)[number]) => {
          const given = configuration.cells.flatMap((cell) => cell.cost[kind] ?? []);
          return given.length === 0 ? undefined : mean(given);
        };
        return [
          {
            set,
            name: configuration.name,
            score: mean(values),
            parameters: cost('parameters'),
            multiplications: cost('multiplications'),
          },
        ];
      });
    const front = (kind: (typeof costs)[number]) => {
      const known = points.filter((point) => point[kind] !== undefined);
      const best = paretoFront(
        known.map((point) => point[kind]!),
        known.map(({ score }) => (lower ? -score : score)),
      );
      return new Map(known.map((point, i) => [point.name, best[i]]));
    };
    const [byParameters, byMultiplications] = costs.map(front);
    return points.map((point) => ({
      ...point,
      best: {
        parameters: byParameters.get(point.name),
        multiplications: byMultiplications.get(point.name),
      },
    }));
  });
}

/** One epoch of a configuration, over the seeds that trained so long. */
export interface CurvePoint extends Spread {
  readonly epoch: number;
}

/** Names of all curves, sorted. */
export function curveNames(cells: readonly DoneCell[]): string[] {
  return [...new Set(cells.flatMap(({ curves }) => Object.keys(curves)))].sort();
}

/** Mean and deviation of a curve at each epoch, from 1; without intervals. */
export function curveOf({ cells }: Configuration, curve: string): CurvePoint[] {
  const runs = cells.flatMap(({ curves }) => (Object.hasOwn(curves, curve) ? [curves[curve]] : []));
  const epochs = runs.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: epochs }, (_, i) => {
    const values = runs.filter(({ length }) => length > i).map((run) => run[i]);
    const deviation = values.length < 2 ? undefined : standardDeviation(values);
    return { epoch: i + 1, n: values.length, mean: mean(values), deviation };
  });
}
