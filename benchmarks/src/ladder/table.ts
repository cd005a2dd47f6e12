import type { Column } from '../output/table.ts';
import type { Measured } from '../timing.ts';

/** What one rung reached on one device. */
export interface LadderResult extends Measured {
  readonly ladder: string;
  readonly version: string;
  readonly adds: string;
  readonly device: string;
  readonly ms: number;
  readonly msQuartiles: readonly [number, number];
  readonly gflops: number;
  /** FLOP for each byte that it must move at least: its place under the roofline. */
  readonly intensity: number;
  /** Speed over the version before, and over the first. */
  readonly gain: number;
  readonly gainOverNaive: number;
  /** The largest difference from the float64 definition, as a share of its largest value. */
  readonly error: number;
}

/** How they are printed. */
export const ladderColumns: readonly Column<LadderResult>[] = [
  { title: 'device', value: (r) => r.device },
  { title: 'version', value: (r) => r.version },
  { title: 'ms', value: (r) => r.ms, digits: 3 },
  { title: 'GFLOPS', value: (r) => r.gflops, digits: 2 },
  { title: 'gain', value: (r) => r.gain, digits: 2 },
  { title: 'in all', value: (r) => r.gainOverNaive, digits: 1 },
  { title: 'adds', value: (r) => r.adds },
];
