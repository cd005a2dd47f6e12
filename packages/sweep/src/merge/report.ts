/** `report.html` of a merge: one page with everything inside. */
import {
  banner,
  contentsPage,
  decimal,
  type Figure,
  figurePart,
  html,
  list,
  type Part,
  signed,
  table,
  whole,
} from '@glassbox/experiments/report-parts';
import type { PlannedCell, Sweep } from './cells.ts';
import type { Drawn, ScoreFigures } from './draw.ts';
import { type Analysis, scopeOf } from './files.ts';
import { type Graded, gradeTable } from './grades-part.ts';
import type { Groups } from './groups.ts';
import { rungTable } from './halving-part.ts';
import { longTable, type Said } from './long-table.ts';
import { type Comparison, costs, type Spread, type Summary } from './statistics.ts';

/** What the report shows. */
export interface MergeReport {
  readonly version: string;
  /** Of a partial merge: how many cells it has. */
  readonly note: string | undefined;
  readonly planned: readonly PlannedCell[];
  readonly halving: Sweep['halving'];
  readonly groups: Groups;
  /** All scores, sorted. */
  readonly metrics: readonly string[];
  readonly summaries: readonly Summary[];
  readonly analyses: readonly Analysis[];
  readonly grades: Graded | undefined;
  readonly drawn: Drawn;
}

/** A complete HTML document without references to other files. */
export function buildMergeReport(report: MergeReport): string {
  const { version, note, planned, halving, groups, analyses, grades, drawn } = report;
  const partial = note === undefined ? '' : ` (partial: ${note})`;
  const said = (caption: string) => `${caption}${partial}`;
  const runs = [...new Set(planned.map(({ run }) => run))];
  const sections = [
    ...(grades ? [{ id: 'grades', title: 'Grades', body: gradeTable(grades, said) }] : []),
    ...(halving ? [{ id: 'halving', title: 'Halving', body: rungTable(halving, said) }] : []),
    { id: 'results', title: 'Results', body: results(report, said) },
    ...analyses.flatMap((analysis, i) => oneScore(analysis, drawn.analyses[i], groups, said)),
    ...(drawn.curves.length > 0
      ? [{ id: 'curves', title: 'Learning curves', body: folded(drawn.curves, 6, 'curves') }]
      : []),
    { id: 'methods', title: 'How to read this', body: methods() },
  ];
  return contentsPage({
    title: `Sweep of ${list(runs)}`,
    lead: html`${whole(groups.configurations.length)}
    ${groups.configurations.length === 1 ? 'configuration' : 'configurations'}${
      groups.sets.length > 1 ? ` on ${groups.sets.length} sets` : ''
    }, ${whole(groups.configurations.reduce((sum, { cells }) => sum + cells.length, 0))} cells`,
    top: banner(
      note === undefined
        ? []
        : [`Not all cells are done: this page shows ${note}. The others may change it.`],
    ),
    sections,
    foot: html`Written by glassbox from the cells of version <code>${version}</code>. Every number is in the CSV files
of the same folder, with all its digits.`,
  });
}

/** Figures, in a fold where there are more than a reader wants to pass. */
function folded(figures: readonly Figure[], most: number, what: string): Part {
  const all = figures.map(figurePart);
  if (all.length <= most) return all;
  return html`<details><summary>Figures of ${all.length} ${what}</summary>${all}</details>`;
}

const spreadCell = (spread: Spread | undefined): Part => {
  if (spread === undefined) return '–';
  const { mean, deviation, interval } = spread;
  return html`${decimal(mean)}${deviation !== undefined && ` ± ${decimal(deviation)}`}${
    interval && html`<small>${decimal(interval[0])} to ${decimal(interval[1])}</small>`
  }`;
};

function results({ summaries, metrics, groups }: MergeReport, said: Said): Part {
  const sets = groups.sets.length > 1 || groups.sets[0] !== '';
  return longTable(
    ['Configuration', ...(sets ? ['set'] : []), 'seeds', ...metrics],
    summaries.map(({ configuration: { name, set, cells }, scores }) => [
      name,
      ...(sets ? [set] : []),
      cells.length,
      ...metrics.map((metric) => spreadCell(scores.get(metric))),
    ]),
    said('Mean ± sample deviation over seeds; small: 95 % bootstrap interval of the mean over seeds'),
    'configurations.csv',
  );
}

function oneScore(analysis: Analysis, figures: ScoreFigures, groups: Groups, said: Said) {
  const { metric } = analysis;
  const way = metric.lower ? 'lower is better' : 'higher is better';
  const id = (what: string) => `${what}-${metric.name.replace(/[^A-Za-z0-9]+/g, '-')}`;
  return [
    ...(figures.scores.length > 0
      ? [
          {
            id: id('scores'),
            title: metric.name,
            body: html`<p>${metric.name}: ${way}.</p>${folded(figures.scores, 4, 'sets')}`,
          },
        ]
      : []),
    ...(groups.names.length > 1
      ? [
          {
            id: id('comparisons'),
            title: `${metric.name}: comparisons`,
            body: comparisonTable(analysis.comparisons, said),
          },
          {
            id: id('ranks'),
            title: `${metric.name}: ranks`,
            body: rankPart(analysis, figures, groups, said),
          },
          {
            id: id('pareto'),
            title: `${metric.name}: score and cost`,
            body: frontPart(analysis, figures, said),
          },
        ]
      : []),
  ];
}

/** A p-value; small ones are not 0. */
const pValue = (p: number) => (p < 0.0005 ? '< 0.001' : p.toFixed(3));

function comparisonTable(comparisons: readonly Comparison[], said: Said): Part {
  if (comparisons.length === 0) return html`<p>No two configurations have a seed in common.</p>`;
  const sorted = comparisons
    .map((one, i) => ({ one, i }))
    .sort(
      (a, b) =>
        Number(b.one.set === undefined) - Number(a.one.set === undefined) || a.one.p - b.one.p || a.i - b.i,
    )
    .map(({ one }) => one);
  return html`${longTable(
    ['Difference', 'on', 'pairs', 'a − b', 'p', 'p (Holm)', 'verdict'],
    sorted.map(({ a, b, set, difference, p, adjusted }) => [
      `${a} − ${b}`,
      scopeOf(set),
      difference.n,
      html`${signed(difference.mean)}${
        difference.interval &&
        html`<small>${signed(difference.interval[0])} to ${signed(difference.interval[1])}</small>`
      }`,
      pValue(p),
      pValue(adjusted),
      adjusted < 0.05 ? (difference.mean > 0 ? 'a is higher' : 'a is lower') : 'no difference shown',
    ]),
    said('Pairs are seeds on one set, or sets. A difference is shown where Holm’s p is below 0.05'),
    'comparisons.csv',
  )}${blindParts(sorted)}`;
}

/** Where so few pairs cannot show a difference among so many comparisons, however large it is. */
function blindParts(comparisons: readonly Comparison[]): Part {
  const alike = new Map<string, { sets: (string | undefined)[]; pairs: number; size: number }>();
  for (const set of new Set(comparisons.map((one) => one.set))) {
    const family = comparisons.filter((one) => one.set === set);
    const pairs = Math.max(...family.map(({ difference }) => difference.n));
    const size = family.length;
    if (size * 2 ** (1 - pairs) < 0.05) continue;
    const others = alike.get(`${pairs} ${size}`) ?? { sets: [], pairs, size };
    others.sets.push(set);
    alike.set(`${pairs} ${size}`, others);
  }
  return [...alike.values()].map(({ sets, pairs, size }) => {
    const where = sets[0] === '' ? 'Here' : `On ${list(sets.map(scopeOf))}`;
    return html`<p>${where} no difference could be shown, however large: ${
      pairs === 1 ? 'one pair allows' : `${pairs} pairs allow`
    } no p below ${pValue(2 ** (1 - pairs))}, and there ${
      size === 1 ? 'is one comparison' : `are ${size} comparisons`
    }. More seeds help, or fewer comparisons (<code>--baseline</code>).</p>`;
  });
}

function rankPart({ ranks }: Analysis, { ranks: diagram }: ScoreFigures, groups: Groups, said: Said): Part {
  const { bySet, overall } = ranks;
  const cell = (set: string, name: string): Part => {
    const found = bySet.find((one) => one.set === set)?.ranked.find((one) => one.name === name);
    return found ? html`${found.rank}<small>${decimal(found.mean)}</small>` : '–';
  };
  const left = overall ? groups.sets.filter((set) => !overall.sets.includes(set)) : [];
  return html`${table(
    ['Configuration', ...groups.sets, ...(overall ? ['mean rank'] : [])],
    groups.names.map((name, i) => [
      name,
      ...groups.sets.map((set) => cell(set, name)),
      ...(overall ? [overall.meanRanks[i].toFixed(2)] : []),
    ]),
    said('Rank by the mean over seeds, 1 is best; small: that mean'),
  )}${
    overall
      ? html`<p>Friedman’s test over ${overall.sets.length} sets: χ² = ${overall.chiSquare.toFixed(2)}, p
${pValue(overall.p)}; Iman and Davenport’s F = ${overall.f === Number.POSITIVE_INFINITY ? '∞' : overall.f.toFixed(2)}, p
${pValue(overall.fP)}. ${
          overall.fP < 0.05
            ? `The configurations differ. Two of them differ significantly if their mean ranks are more than
${overall.criticalDifference.toFixed(2)} apart (Nemenyi).`
            : 'That the configurations differ is not shown, so nothing is to be read out of pairs.'
        }${left.length > 0 && ` Left out, since not every configuration has them: ${list(left)}.`}</p>${
          diagram && figurePart(diagram)
        }`
      : html`<p>Ranks over sets need at least three configurations that are all on two sets or more.</p>`
  }`;
}

function frontPart({ points }: Analysis, { fronts }: ScoreFigures, said: Said): Part {
  const known = points.filter((point) => costs.some((cost) => point[cost] !== undefined));
  if (known.length === 0) return html`<p>The cells do not say what they cost.</p>`;
  const count = (value: number | undefined) => (value === undefined ? '–' : whole(value));
  const words = ({ front }: (typeof points)[number]) =>
    costs.flatMap((cost) => (front[cost] ? [`${cost} (${front[cost]})`] : [])).join(', ') || '–';
  return html`${fronts.map(figurePart)}${longTable(
    ['Configuration', 'set', 'mean', ...costs, 'on the front of'],
    known.map((point) => [
      point.name,
      point.set || '–',
      decimal(point.score),
      ...costs.map((cost) => count(point[cost])),
      words(point),
    ]),
    said(
      'On a front is what no other configuration of the set beats in cost and score together; its number counts from ' +
        'the cheapest',
    ),
    'pareto.csv',
  )}`;
}

function methods(): Part {
  return html`<p>A configuration is a set of options without the seed. Its interval is the central 95 % of the means of
1000 resamples of its seeds (percentile bootstrap, Efron 1979). With few seeds it is too narrow: three seeds hold the
true mean in clearly fewer than 95 of 100 cases.</p>
<p>On one set two configurations are compared by the seeds that both have. All ways to give the differences signs are
tried: p is the share whose mean is as far from 0 as the one seen (sign-flip permutation test; beyond 30 seeds of 9999
draws). Over sets, where differences have different scales, it is Wilcoxon’s signed-rank test on the means over seeds,
exact. Holm’s correction (1979) is for all comparisons of a score on one set, and for all over the sets.</p>
<p>Ranks over sets follow Demšar (JMLR 7, 2006): Friedman’s test with Iman and Davenport’s correction, then Nemenyi’s
critical difference at 5 %.</p>
<p>The same cells give the same bytes of this page, of every table but <code>times.csv</code>, and of the figures:
<code>SHA256SUMS</code> compares two merges.</p>`;
}
