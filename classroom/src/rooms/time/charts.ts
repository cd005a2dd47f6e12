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

/** Bytes a second at the best, and of more than any cache holds. */
export function bandwidthsOf({ bandwidth }: Roofline): { readonly cache: number; readonly memory: number } {
  const speeds = bandwidth.map(({ bytesPerSecond }) => bytesPerSecond);
  return { cache: Math.max(...speeds), memory: speeds.at(-1)! };
}

/** Dots for the versions below the roof that peak and bandwidths make; dashed where caches are as fast as they can. */
export const rooflineOf =
  (results: readonly LadderResult[], roofline: Roofline, intensity: string): Chart =>
  (Plot, { accent, soft }, size) => {
    const { cache, memory } = bandwidthsOf(roofline);
    const peak = roofline.flops / 1e9;
    const low = Math.min(0.25, ...results.map((r) => r.intensity / 2));
    const high = Math.max(100, ...results.map((r) => 2 * r.intensity));
    const line = (bytesPerSecond: number, strokeDasharray?: string) => {
      const at = (x: number) => ({ x, y: Math.min(peak, (x * bytesPerSecond) / 1e9) });
      const ridge = Math.min(Math.max(roofline.flops / bytesPerSecond, low), high);
      const points = [at(low), at(ridge), at(high)];
      return Plot.line(points, { x: 'x', y: 'y', stroke: soft, strokeWidth: 1.5, strokeDasharray });
    };
    const speeds = [peak, (low * memory) / 1e9, ...results.map(({ gflops }) => gflops)];
    return {
      height: 20 * size,
      marginLeft: 3.6 * size,
      marginRight: 2 * size,
      marginBottom: 3 * size,
      x: { type: 'log', label: intensity, labelArrow: 'none', tickFormat: '~g', ticks: 4 },
      y: {
        type: 'log',
        domain: [Math.min(...speeds) / 1.6, Math.max(...speeds) * 1.6],
        label: 'GFLOPS',
        labelArrow: 'none',
        grid: true,
        tickFormat: '~g',
        ticks: 4,
      },
      marks: [
        line(cache, '4 3'),
        line(memory),
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
