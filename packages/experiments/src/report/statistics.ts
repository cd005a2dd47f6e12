/**
 * From rows (one net each) to statements about recipes: means over seeds, joint bootstrap intervals, paired
 * differences.
 *
 * The joint bootstrap resamples both sources of chance at once: which images are in the test set (one draw, shared by
 * all nets scored on it, so differences between recipes are paired) and which seeds were trained. With three to five
 * seeds the seed part is coarse; an interval that excludes zero is still much rarer than a larger mean.
 */

import {
  type Interval,
  METRIC_NAMES,
  type MetricName,
  mean,
  percentileInterval,
  prepareSplit,
  random,
  resampleCounts,
  scoreSplit,
  standardDeviation,
} from '@glassbox/metrics';
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import { type ResultRow, type RunResults, TARGETS, type Target } from './results.ts';

/** One score of one recipe over its seeds. */
export interface MetricSummary {
  mean: number;
  /** Sample deviation over seeds; 0 for one seed. */
  std: number;
  /** 95 % joint bootstrap over seeds and test images; absent where the scores were not kept. */
  interval?: Interval;
  /** In the order of `VariantSummary.seeds`. */
  values: number[];
}

/** One recipe over its seeds, scored on test. */
export interface VariantSummary {
  variant: string;
  name: string;
  task: string;
  target: Target;
  seeds: number[];
  rows: ResultRow[];
  test: Record<MetricName, MetricSummary>;
  val: Record<MetricName, MetricSummary>;
  epochs: number;
  bestEpoch: number;
  trainSeconds: number;
}

/** What an interval says of a difference. */
export type Verdict = 'higher' | 'lower' | 'undecided';

/**
 * The one rule by which anything in the report is called higher or lower: the interval excludes zero, on the side of
 * the value itself. Without an interval nothing is decided.
 */
export function verdictOf(value: number, interval?: Interval): Verdict {
  if (interval && interval[0] > 0 && value > 0) return 'higher';
  return interval && interval[1] < 0 && value < 0 ? 'lower' : 'undecided';
}

/** How a score of recipe `a` differs from that of `b`. */
export interface Difference {
  /** Mean of a minus mean of b. */
  value: number;
  interval?: Interval;
  /** Whether the interval excludes zero; `undecided` where it does not or is missing. */
  verdict: Verdict;
  /** The smaller number of seeds of the two; with one, the interval knows nothing of the luck of training. */
  seeds: number;
}

/** Everything the report's text and charts ask of the rows. */
export interface Analysis {
  summaries: VariantSummary[];
  /** Undefined where the run has no row of that recipe. */
  find(variant: string): VariantSummary | undefined;
  /** Undefined where either recipe is missing or they are scored on different targets. */
  difference(a: string, b: string, metric: MetricName): Difference | undefined;
}

/** How the joint bootstrap is drawn. */
export interface AnalysisOptions {
  resamples?: number;
  seed?: number;
}

const optionNames: OptionTable<AnalysisOptions> = { resamples: whole(1), seed: whole(0) };

/** Groups the rows by recipe, in the order in which they first appear. */
export function analyse(results: RunResults, options: AnalysisOptions = {}): Analysis {
  checkOptions('analyse', options, optionNames);
  const { resamples = 1000, seed = 2026 } = options;
  const groups = new Map<string, ResultRow[]>();
  for (const row of results.rows) groups.set(row.variant, [...(groups.get(row.variant) ?? []), row]);

  const counts = new Map<Target, Uint16Array[]>();
  for (const target of TARGETS) {
    const labels = results.truth[target]?.test;
    if (labels?.length) counts.set(target, resampleCounts(labels.length, { seed, resamples }));
  }

  /** replicates.get(variant)[metric][b]: the recipe's mean in the b-th draw of seeds and images. */
  const replicates = new Map<string, Record<MetricName, Float64Array>>();
  let stream = seed;
  for (const [variant, rows] of groups) {
    stream++;
    const drawn = counts.get(rows[0].target);
    const labels = results.truth[rows[0].target]?.test;
    if (!drawn || !labels || rows.some((row) => row.logOdds.test.length !== labels.length)) continue;
    const perRow = rows.map((row) => {
      const split = prepareSplit(row.logOdds.test, labels, row.valThreshold);
      return drawn.map((weights) => scoreSplit(split, weights));
    });
    const rng = random(stream);
    const table = Object.fromEntries(
      METRIC_NAMES.map((metric) => [metric, new Float64Array(resamples)]),
    ) as Record<MetricName, Float64Array>;
    for (let b = 0; b < resamples; b++) {
      for (let s = 0; s < rows.length; s++) {
        const scores = perRow[rng.below(rows.length)][b];
        for (const metric of METRIC_NAMES) table[metric][b] += scores[metric] / rows.length;
      }
    }
    replicates.set(variant, table);
  }

  const intervalOf = (values: ArrayLike<number>): Interval | undefined => {
    const defined = Array.from(values).filter((value) => !Number.isNaN(value));
    return defined.length > 0 ? percentileInterval(defined) : undefined;
  };
  const summaries = [...groups].map(([variant, rows]): VariantSummary => {
    const table = replicates.get(variant);
    const over = (split: 'val' | 'test'): Record<MetricName, MetricSummary> =>
      Object.fromEntries(
        METRIC_NAMES.map((metric) => {
          const values = rows.map((row) => row[split][metric]);
          const interval = split === 'test' && table ? intervalOf(table[metric]) : undefined;
          return [metric, { mean: mean(values), std: standardDeviation(values), interval, values }];
        }),
      ) as Record<MetricName, MetricSummary>;
    return {
      variant,
      name: rows[0].name,
      task: rows[0].task,
      target: rows[0].target,
      seeds: rows.map((row) => row.seed),
      rows,
      test: over('test'),
      val: over('val'),
      epochs: mean(rows.map((row) => row.epochs)),
      bestEpoch: mean(rows.map((row) => row.bestEpoch)),
      trainSeconds: mean(rows.map((row) => row.trainSeconds)),
    };
  });
  const find = (variant: string): VariantSummary | undefined =>
    summaries.find((summary) => summary.variant === variant);

  return {
    summaries,
    find,
    difference(a, b, metric) {
      const one = find(a);
      const other = find(b);
      if (!one || !other || one.target !== other.target) return undefined;
      const value = one.test[metric].mean - other.test[metric].mean;
      const tableA = replicates.get(a);
      const tableB = replicates.get(b);
      const interval =
        tableA && tableB ? intervalOf(tableA[metric].map((x, i) => x - tableB[metric][i])) : undefined;
      return {
        value,
        interval,
        verdict: verdictOf(value, interval),
        seeds: Math.min(one.seeds.length, other.seeds.length),
      };
    },
  };
}
