import type { Machine } from '../machine.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { KernelResult } from './measure.ts';
import type { Roofline } from './roofline.ts';

/** Kernels as points below the roof that peak and bandwidth (of caches, and of memory) make. */
export function rooflineChart(
  results: readonly KernelResult[],
  { flops, bandwidth }: Roofline,
  title: string,
  { date, cpu }: Machine,
): Chart {
  const points = results.filter(({ flop }) => flop > 0);
  const names = [...new Set(points.map((r) => r.case))];
  const low = Math.min(0.05, ...points.map(({ intensity }) => intensity));
  const high = Math.max(100, ...points.map(({ intensity }) => intensity));
  const speeds = bandwidth.map(({ bytesPerSecond }) => bytesPerSecond);
  const roofs = [
    { label: 'fastest cache', bytesPerSecond: Math.max(...speeds) },
    { label: 'largest working set', bytesPerSecond: speeds.at(-1)! },
  ].map(({ label, bytesPerSecond }) => {
    const ridge = flops / bytesPerSecond;
    const line = [
      { x: low, y: (low * bytesPerSecond) / 1e9 },
      { x: Math.min(Math.max(ridge, low), high), y: flops / 1e9 },
      { x: high, y: flops / 1e9 },
    ];
    return { label: `${label}: ${(bytesPerSecond / 1e9).toFixed(1)} GB/s`, line };
  });
  return {
    id: 'kernels',
    title: `Roofline of ${title}`,
    subtitle:
      `${cpu}; ${date.slice(0, 10)}. Peak ${(flops / 1e9).toFixed(0)} GFLOPS; ` +
      `${roofs.map(({ label }) => label).join(', ')}. Area: share of the step.`,
    legend: names.map((label, i) => ({ label, colour: colours[i] })),
    plot: {
      width: 860,
      height: 480,
      marginLeft: 60,
      x: { type: 'log', label: 'FLOP for each byte', labelArrow: 'none', tickFormat: '~g' },
      y: { type: 'log', label: 'GFLOPS', grid: true, labelArrow: 'none', tickFormat: '~g' },
      color: { domain: names, range: colours.slice(0, names.length) },
      r: { range: [2, 14], domain: [0, Math.max(...points.map(({ stepShare }) => stepShare))] },
      marks: [
        ...roofs.map(({ line }, i) =>
          Plot.line(line, {
            x: 'x',
            y: 'y',
            stroke: '#1f2328',
            strokeDasharray: i === 0 ? '4 3' : undefined,
          }),
        ),
        Plot.dot(points, {
          x: 'intensity',
          y: 'gflops',
          r: 'stepShare',
          fill: 'case',
          fillOpacity: 0.6,
          stroke: 'case',
        }),
        Plot.text(heaviest(points), { x: 'intensity', y: 'gflops', text: 'kernel', dy: -14, fontSize: 10 }),
      ],
    },
  };
}

/** The heaviest point of each kernel, for the few kernels that a step spends most on. */
function heaviest(points: readonly KernelResult[]): KernelResult[] {
  const byName = new Map<string, KernelResult>();
  for (const point of points) {
    if ((byName.get(point.kernel)?.stepShare ?? 0.05) < point.stepShare) byName.set(point.kernel, point);
  }
  return [...byName.values()];
}
