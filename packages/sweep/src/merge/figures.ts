/** Figures of a merge: scores with their intervals, score against cost, learning curves with bands. */
import {
  dotRowsFigure,
  type Figure,
  legend,
  NEUTRAL,
  PALETTE,
  Plot,
  panel,
  SIZE,
  text,
} from '@glassbox/experiments/report-parts';
import { brief } from '@glassbox/host/command-line';
import type { Groups } from './groups.ts';
import type { Compared } from './scores.ts';
import { type CostPoint, type costs, curveOf, type Summary } from './statistics.ts';

/** More rows, or panels, than anybody reads: the tables have all. */
const mostRows = 40;
const mostPanels = 12;
const mostLines = 10;

/** Part of an id, and of a file's name. */
export const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** The means of a score on a set with their intervals, the best first. */
export function scoreFigure(
  id: string,
  { name: metric, lower }: Compared,
  set: string,
  summaries: readonly Summary[],
): Figure | undefined {
  const rows = summaries.flatMap(({ configuration: { name }, scores }) => {
    const spread = scores.get(metric);
    return spread ? [{ label: brief(name), value: spread.mean, interval: spread.interval }] : [];
  });
  if (rows.length < 2) return undefined;
  rows.sort((a, b) => (lower ? a.value - b.value : b.value - a.value));
  const shown = rows.slice(0, mostRows).map((one) => ({ ...one, colour: PALETTE[0] }));
  const title = set === '' ? metric : `${metric} on ${set}`;
  const drawn = dotRowsFigure(id, title, shown, metric);
  const rest = rows.length > mostRows ? `; the ${rows.length - mostRows} that follow are in the table` : '';
  return { ...drawn, subtitle: `Mean over seeds with its 95 % bootstrap interval${rest}` };
}

/** Panels for sets, two in a line. */
function panels(
  sets: readonly string[],
  top: number,
  draw: (set: string, size: { x: number; y: number; width: number; height: number }) => string,
): { body: string; height: number; width: number } {
  const columns = sets.length === 1 ? 1 : 2;
  const width = columns === 1 ? 620 : 420;
  const height = 270;
  const body = sets.map((set, i) => {
    const x = (i % columns) * (width + 20);
    const y = top + Math.floor(i / columns) * (height + 34);
    return (
      text(x, y + 14, set, { bold: true, size: SIZE.subtitle }) + draw(set, { x, y: y + 20, width, height })
    );
  });
  return {
    body: body.join(''),
    width: columns * (width + 20) - 20,
    height: top + Math.ceil(sets.length / columns) * (height + 34),
  };
}

const margins = { marginLeft: 56, marginRight: 16, marginTop: 22, marginBottom: 40 };
const leftOut = (sets: readonly string[]) =>
  sets.length > mostPanels ? `; ${sets.length - mostPanels} more sets are in the table` : '';

/** Score against a cost, a panel for each set; the front is a line, and its points have names. */
export function frontFigure(
  id: string,
  { name: metric }: Compared,
  cost: (typeof costs)[number],
  all: readonly CostPoint[],
): Figure | undefined {
  const points = all.flatMap((point) => {
    const value = point[cost];
    return value === undefined || value <= 0
      ? []
      : [{ ...point, cost: value, front: point.best[cost] === true }];
  });
  if (new Set(points.map((point) => point.cost)).size < 2) return undefined;
  const sets = [...new Set(points.map(({ set }) => set))];
  const drawn = panels(sets.slice(0, mostPanels), 0, (set, size) => {
    const here = points.filter((point) => point.set === set).sort((a, b) => a.cost - b.cost);
    const front = here.filter((point) => point.front);
    // Names stand left of their point where they would leave the panel on the right.
    const named = front.map((point) => ({ ...point, label: brief(point.name) }));
    const far = Math.sqrt(here[0].cost * here.at(-1)!.cost);
    const names = (points: typeof named, anchor: 'start' | 'end') =>
      Plot.text(points, {
        x: 'cost',
        y: 'score',
        text: 'label',
        textAnchor: anchor,
        dx: anchor === 'start' ? 8 : -8,
        dy: 12,
        fill: 'currentColor',
      });
    return panel(size.x, size.y, {
      ...margins,
      width: size.width,
      height: size.height,
      x: { type: 'log', label: cost, labelAnchor: 'center', ticks: 4, tickFormat: '~s', inset: 14 },
      y: { label: metric, grid: true, nice: true, ticks: 5, inset: 14 },
      marks: [
        Plot.line(front, {
          x: 'cost',
          y: 'score',
          curve: 'step-after',
          stroke: PALETTE[0],
          strokeWidth: 1.6,
        }),
        Plot.dot(here, { x: 'cost', y: 'score', fill: (d) => (d.front ? PALETTE[0] : NEUTRAL), r: 4.5 }),
        names(
          named.filter((point) => point.cost <= far),
          'start',
        ),
        names(
          named.filter((point) => point.cost > far),
          'end',
        ),
      ],
      color: { type: 'identity' },
    });
  });
  return {
    ...drawn,
    id,
    title: `${metric} against ${cost}`,
    subtitle: `The line joins what nothing beats in both; cost on a logarithmic scale${leftOut(sets)}`,
    alt: sets
      .map((set) => {
        const front = points.filter((point) => point.set === set && point.front);
        return `${set === '' ? '' : `${set}: `}on the front ${front.map(({ name }) => name).join(', ')}`;
      })
      .join('; '),
  };
}

/** A learning curve of configurations on each set: mean over seeds, with a band of one deviation. */
export function curveFigure(
  id: string,
  curve: string,
  groups: Groups,
  ranked: readonly string[],
): Figure | undefined {
  const shown = ranked.slice(0, mostLines);
  const lines = groups.sets.flatMap((set) =>
    shown.flatMap((name, i) => {
      const configuration = groups.find(set, name);
      const points = configuration ? curveOf(configuration, curve) : [];
      return points.length > 1 ? [{ set, name, colour: PALETTE[i], points }] : [];
    }),
  );
  if (lines.length === 0) return undefined;
  const sets = groups.sets.filter((set) => lines.some((one) => one.set === set));
  const used = shown.filter((name) => lines.some((one) => one.name === name));
  const keys = legend(
    used.map((name) => ({ label: brief(name), colour: PALETTE[shown.indexOf(name)], kind: 'line' as const })),
    620,
  );
  const drawn = panels(sets.slice(0, mostPanels), keys.height, (set, size) => {
    const here = lines.filter((one) => one.set === set);
    const last = Math.max(...here.map(({ points }) => points.length));
    return panel(size.x, size.y, {
      ...margins,
      width: size.width,
      height: size.height,
      x: {
        label: 'epoch',
        labelAnchor: 'center',
        domain: [1, last],
        ticks: Math.min(8, last),
        tickFormat: 'd',
      },
      y: { label: curve, grid: true, nice: true, ticks: 5 },
      marks: here.flatMap(({ points, colour }) => [
        Plot.areaY(
          points.filter(({ deviation }) => deviation !== undefined),
          {
            x: 'epoch',
            y1: (d) => d.mean - d.deviation,
            y2: (d) => d.mean + d.deviation,
            fill: colour,
            fillOpacity: 0.16,
          },
        ),
        Plot.line(points, { x: 'epoch', y: 'mean', stroke: colour, strokeWidth: 1.8 }),
      ]),
    });
  });
  const rest =
    ranked.length > mostLines ? ` of the ${mostLines} best of ${ranked.length} configurations` : '';
  return {
    ...drawn,
    body: keys.body + drawn.body,
    id,
    title: `${curve} by epoch`,
    subtitle: `Mean${rest} over the seeds that trained so long; band: one deviation${leftOut(sets)}`,
    alt: lines
      .map(({ set, name, points }) => {
        const end = points.at(-1)!;
        return `${set === '' ? '' : `${set}, `}${name}: ${end.mean.toFixed(3)} after epoch ${end.epoch}`;
      })
      .join('; '),
  };
}
