/** Every figure of a merge, with names that no two share. */
import type { Figure } from '@glassbox/experiments/report-parts';
import { criticalDifferenceFigure } from './critical-difference.ts';
import { curveFigure, frontFigure, scoreFigure, slug } from './figures.ts';
import type { Analysis } from './files.ts';
import type { Groups } from './groups.ts';
import { costs, curveNames, type Summary } from './statistics.ts';

/** Figures of one score. */
export interface ScoreFigures {
  /** Those that can be drawn, by set. */
  readonly scores: readonly Figure[];
  readonly ranks: Figure | undefined;
  readonly fronts: readonly Figure[];
}

/** The figures of a report, by their place in it. */
export interface Drawn {
  /** In the order of the analyses. */
  readonly analyses: readonly ScoreFigures[];
  readonly curves: readonly Figure[];
}

/** Draws what the cells have data for. */
export function drawFigures(
  groups: Groups,
  summaries: readonly Summary[],
  analyses: readonly Analysis[],
): Drawn {
  const taken = new Set<string>();
  const id = (...parts: readonly string[]): string => {
    const wanted = slug(parts.filter((part) => part !== '').join('-'));
    let free = wanted;
    for (let i = 2; taken.has(free); i++) free = `${wanted}-${i}`;
    taken.add(free);
    return free;
  };
  const kept = (figures: readonly (Figure | undefined)[]) => figures.filter((one) => one !== undefined);
  return {
    analyses: analyses.map(({ metric, ranks: { overall }, points }) => ({
      scores: kept(
        groups.sets.map((set) =>
          scoreFigure(
            id('scores', metric.name, set),
            metric,
            set,
            summaries.filter(({ configuration }) => configuration.set === set),
          ),
        ),
      ),
      ranks:
        overall && criticalDifferenceFigure(id('ranks', metric.name), metric.name, groups.names, overall),
      fronts: kept(costs.map((cost) => frontFigure(id('pareto', metric.name, cost), metric, cost, points))),
    })),
    curves: kept(
      curveNames(groups.configurations.flatMap(({ cells }) => cells)).map((curve) =>
        curveFigure(id('curve', curve), curve, groups, bestFirst(groups, analyses[0])),
      ),
    ),
  };
}

/** In the order of the report. */
export function allFigures({ analyses, curves }: Drawn): Figure[] {
  return [
    ...analyses.flatMap(({ scores, ranks, fronts }) => [...scores, ...(ranks ? [ranks] : []), ...fronts]),
    ...curves,
  ];
}

/** Names by their mean rank over the sets that have them. */
function bestFirst({ names }: Groups, analysis: Analysis | undefined): readonly string[] {
  if (analysis === undefined) return names;
  const ranksOf = (name: string) =>
    analysis.ranks.bySet.flatMap(({ ranked }) =>
      ranked.filter((one) => one.name === name).map(({ rank }) => rank),
    );
  const mean = new Map(
    names.map((name) => {
      const ranks = ranksOf(name);
      return [name, ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length];
    }),
  );
  const place = (name: string) => (Number.isNaN(mean.get(name)) ? names.length + 1 : mean.get(name)!);
  return [...names].sort((a, b) => place(a) - place(b) || names.indexOf(a) - names.indexOf(b));
}
