import type { Column } from '../output/table.ts';
import type { KernelResult } from './measure.ts';
import type { Roofline } from './roofline.ts';

/** How kernels are printed. */
export const kernelColumns: readonly Column<KernelResult>[] = [
  { title: 'kernel', value: (r) => r.kernel },
  { title: 'shapes', value: (r) => r.shapes },
  { title: 'times', value: (r) => r.count },
  { title: 'ms', value: (r) => r.ms, digits: 3 },
  { title: '% of all', value: (r) => 100 * r.stepShare, digits: 1 },
  { title: 'GFLOPS', value: (r) => r.gflops },
  { title: 'GB/s', value: (r) => r.gbPerSec, digits: 1 },
  { title: 'bound by', value: (r) => r.bound },
  { title: '% of roof', value: (r) => 100 * r.roofShare, digits: 0 },
];

/** The roofline in one line. */
export function rooflineText({ flops, bandwidth }: Roofline): string {
  const sizes = bandwidth.map(
    ({ bytes, bytesPerSecond }) => `${Math.round(bytes / 1024)} KiB ${(bytesPerSecond / 1e9).toFixed(1)}`,
  );
  return `peak ${(flops / 1e9).toFixed(1)} GFLOPS; GB/s by working set: ${sizes.join(', ')}`;
}
