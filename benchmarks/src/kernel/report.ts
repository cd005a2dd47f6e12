/** A comparison of two kernels as text. */
import { type Column, markdownTable } from '../output/table.ts';
import type { AloneResult } from './alone.ts';
import type { KernelComparison, Side } from './compare.ts';

interface Row {
  readonly who: string;
  readonly side: Side;
}

/** How the two kernels are printed. */
export const comparisonColumns: readonly Column<Row>[] = [
  { title: 'kernel', value: (r) => r.who },
  { title: 'us', value: (r) => 1000 * r.side.ms, digits: 1 },
  { title: 'quartiles', value: (r) => r.side.msQuartiles.map((ms) => (1000 * ms).toFixed(1)).join(' - ') },
  { title: 'GFLOPS', value: (r) => r.side.gflops, digits: 2 },
  { title: 'GB/s', value: (r) => r.side.gbPerSec, digits: 1 },
  { title: 'bound by', value: (r) => r.side.bound },
  { title: '% of roof', value: (r) => 100 * r.side.roofShare, digits: 0 },
];

/** A row for each of the two. */
export const comparisonRows = ({ own, builtIn }: KernelComparison): readonly Row[] => [
  { who: 'own', side: own },
  { who: 'built-in', side: builtIn },
];

/** How a kernel by itself is printed. */
export const aloneColumns: readonly Column<AloneResult>[] = [
  { title: 'kernel', value: (r) => r.entryPoint },
  { title: 'workgroups', value: (r) => `${r.workgroups.join('x')} of ${r.workgroupSize.join('x')}` },
  { title: 'us', value: (r) => 1000 * r.ms, digits: 1 },
  { title: 'quartiles', value: (r) => r.msQuartiles.map((ms) => (1000 * ms).toFixed(1)).join(' - ') },
  { title: 'million invocations/s', value: (r) => r.millionInvocationsPerSec, digits: 1 },
  { title: 'GB/s bound', value: (r) => r.gbPerSec, digits: 2 },
];

/** The ratio in one sentence. */
export function speedupText({
  speedup,
  speedupQuartiles: [low, high],
  rounds,
  noisy,
}: KernelComparison): string {
  return (
    `The own kernel is ${speedup.toFixed(3)} times as fast as the built-in one (half of ${rounds} rounds: ` +
    `${low.toFixed(3)} - ${high.toFixed(3)})${noisy ? '; noisy' : ''}.`
  );
}

/** Where it was measured: `wasm, 2 threads: WebAssembly SIMD`. */
export const placeText = ({ device, adapter, threads }: KernelComparison): string =>
  `${device}${threads === null ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`}: ${adapter}`;

/**
 * The comparison for a page of documentation, with the own kernel's text.
 * @param where further lines about the machine
 */
export function comparisonMarkdown(comparison: KernelComparison, where: readonly string[] = []): string {
  return [
    `### ${comparison.id}`,
    [placeText(comparison), ...where].join('; '),
    markdownTable(comparisonRows(comparison), comparisonColumns),
    [speedupText(comparison), ...(comparison.note ? [`Grid: ${comparison.note}.`] : [])].join(' '),
    `\`\`\`wgsl\n${comparison.wgsl.trimEnd()}\n\`\`\``,
  ].join('\n\n');
}
