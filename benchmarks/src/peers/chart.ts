import type { Machine } from '../machine.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { Comparison } from './compare.ts';

/** Ratios as bars around 1, with their spread. */
export function ratioChart(results: readonly Comparison[], { date, cpu, cores }: Machine): Chart {
  const bars = results.map((r) => ({
    name: `${r.case} ${r.batch}, ${r.task}: ${r.peer}`,
    ratio: r.ratio!,
    low: r.ratioQuartiles![0],
    high: r.ratioQuartiles![1],
    faster: r.ratio! >= 1,
  }));
  return {
    id: 'peers',
    title: 'Images a second, ours over theirs',
    subtitle:
      `${cpu}, ${cores} cores; ${date.slice(0, 10)}. Right of 1 we are faster. Lines: ` +
      'half of all rounds lie between.',
    plot: {
      width: 860,
      height: 60 + 26 * bars.length,
      marginLeft: 310,
      marginRight: 60,
      x: { type: 'log', label: 'ratio', grid: true, labelArrow: 'none', tickFormat: '~g' },
      y: { label: null, domain: bars.map(({ name }) => name) },
      color: { domain: [true, false], range: [colours[0], colours[1]] },
      marks: [
        Plot.barX(bars, { x1: 1, x2: 'ratio', y: 'name', fill: 'faster' }),
        Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'name', strokeWidth: 2 }),
        Plot.text(bars, {
          x: (b) => Math.max(1, b.high),
          y: 'name',
          text: (b) => b.ratio.toFixed(2),
          dx: 6,
          textAnchor: 'start',
        }),
        Plot.ruleX([1]),
      ],
    },
  };
}
