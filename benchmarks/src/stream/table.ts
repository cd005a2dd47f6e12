import type { Column } from '../output/table.ts';
import type { summary } from '../peers/compare.ts';

/** A data set on the disk beside one in memory, or our loading beside numpy's. */
export interface StreamResult extends ReturnType<typeof summary> {
  readonly task: 'train' | 'load';
  readonly case: string;
  /** Of a batch, or 1. */
  readonly images: number;
  /** Size of the file. */
  readonly bytes: number;
  readonly ourVersion: string;
  readonly peerVersion: string;
  /** The largest resident sets of both processes. */
  readonly ourPeakRssBytes: number;
  readonly theirPeakRssBytes: number;
}

/** How they are printed. */
export const streamColumns: readonly Column<StreamResult>[] = [
  { title: 'task', value: (r) => `${r.task} ${r.case}` },
  { title: 'file, MB', value: (r) => r.bytes / 1e6, digits: 0 },
  { title: 'ms', value: (r) => r.ours.median, digits: 1 },
  { title: 'beside', value: (r) => (r.task === 'train' ? 'resident' : 'numpy') },
  { title: 'its ms', value: (r) => r.theirs.median, digits: 1 },
  { title: 'ratio', value: (r) => r.ratio, digits: 2 },
  { title: 'quartiles', value: (r) => r.ratioQuartiles.map((ratio) => ratio.toFixed(2)).join(' - ') },
  { title: 'MiB', value: (r) => r.ourPeakRssBytes / 2 ** 20, digits: 0 },
  { title: 'its MiB', value: (r) => r.theirPeakRssBytes / 2 ** 20, digits: 0 },
];
