/** The room's charts, as options of Observable Plot. */
import type { Roofline } from '@glassbox/benchmarks/kernel';
import type { LadderResult } from '@glassbox/benchmarks/ladder';
import type * as PlotModule from '@observablehq/plot';

/** A chart, once Plot is there; `size` is that of text in pixels. */
export type Chart = (
  plot: typeof PlotModule,
  colours: { readonly accent: string; readonly warm: string; readonly soft: string },
  size: number,
) => PlotModule.PlotOptions;

/** A bar for each version: GFLOPS, with the quartiles. */
export const barsOf =
  (results: readonly LadderResult[]): Chart =>
  (Plot, { accent, warm }, size) => ({
    height: 2.2 * size * (results.length + 2),
    marginLeft: 9 * size,
    marginRight: 4 * size,
    x: { label: null, grid: true, ticks: 4 },
    y: { label: null, domain: results.map(({ version }) => version) },
    marks: [
      Plot.barX(results, { x: 'gflops', y: 'version', fill: accent, insetTop: 2, insetBottom: 2 }),
      Plot.ruleY(results, {
        x1: (r: LadderResult) => (r.gflops * r.ms) / r.msQuartiles[1],
        x2: (r: LadderResult) => (r.gflops * r.ms) / r.msQuartiles[0],
        y: 'version',
        stroke: warm,
        strokeWidth: 4,
      }),
      Plot.text(results, {
        x: (r: LadderResult) => (r.gflops * r.ms) / r.msQuartiles[0],
        y: 'version',
        text: (r: LadderResult) => r.gflops.toPrecision(3),
        dx: 6,
        textAnchor: 'start',
      }),
    ],
  });

/** Dots for the versions below the roof that peak and bandwidths make. */
export const rooflineOf =
  (
    results: readonly LadderResult[],
    { flops, bandwidth }: Roofline,
    labels: {
      readonly intensity: string;
      readonly compute: string;
      readonly cache: string;
      readonly memory: string;
    },
  ): Chart =>
  (Plot, { accent, soft }, size) => {
    const speeds = bandwidth.map(({ bytesPerSecond }) => bytesPerSecond);
    const low = Math.min(0.25, ...results.map(({ intensity }) => intensity / 2));
    const high = Math.max(100, ...results.map(({ intensity }) => 2 * intensity));
    const roofs = [
      { name: labels.cache, speed: Math.max(...speeds), dash: '4 3' },
      { name: labels.memory, speed: speeds.at(-1)!, dash: undefined },
    ].map(({ name, speed, dash }) => {
      const ridge = Math.min(Math.max(flops / speed, low), high);
      const points = [
        { x: low, y: (low * speed) / 1e9 },
        { x: ridge, y: Math.min(flops, ridge * speed) / 1e9 },
        { x: high, y: Math.min(flops, high * speed) / 1e9 },
      ];
      return { points, dash, label: `${name}: ${(speed / 1e9).toFixed(1)} GB/s` };
    });
    return {
      height: 20 * size,
      marginLeft: 3.6 * size,
      marginRight: 2 * size,
      marginBottom: 3 * size,
      x: { type: 'log', label: labels.intensity, labelArrow: 'none', tickFormat: '~g', ticks: 4 },
      y: { type: 'log', label: 'GFLOPS', labelArrow: 'none', grid: true, tickFormat: '~g', ticks: 4 },
      marks: [
        ...roofs.map(({ points, dash }) =>
          Plot.line(points, { x: 'x', y: 'y', stroke: soft, strokeWidth: 1.5, strokeDasharray: dash }),
        ),
        ...roofs.map(({ points: [start], label }, n) =>
          Plot.text([start], {
            x: 'x',
            y: 'y',
            text: () => label,
            dx: 6,
            dy: n === 0 ? -10 : 12,
            textAnchor: 'start',
          }),
        ),
        Plot.text([{ x: high, y: flops / 1e9 }], {
          x: 'x',
          y: 'y',
          text: () => `${labels.compute}: ${(flops / 1e9).toFixed(1)} GFLOPS`,
          dy: -10,
          textAnchor: 'end',
        }),
        Plot.dot(results, { x: 'intensity', y: 'gflops', fill: accent, r: 4 }),
        Plot.text(results, {
          x: 'intensity',
          y: 'gflops',
          text: (r: LadderResult) => r.version.split(' ')[0],
          dx: 9,
          textAnchor: 'start',
        }),
      ],
    };
  };
