import type { Column } from '../output/table.ts';
import type { Comparison } from './compare.ts';

/** How comparisons are printed that were measured. */
export const peerColumns: readonly Column<Comparison>[] = [
  { title: 'case', value: (r) => r.case },
  { title: 'task', value: (r) => r.task },
  { title: 'batch', value: (r) => r.batch },
  { title: 'ours', value: (r) => r.device },
  { title: 'peer', value: (r) => r.peer },
  { title: 'our ms', value: (r) => r.ours?.median ?? Number.NaN, digits: 2 },
  { title: 'their ms', value: (r) => r.theirs?.median ?? Number.NaN, digits: 2 },
  { title: 'our img/s', value: (r) => r.ourImgPerSec ?? Number.NaN },
  { title: 'their img/s', value: (r) => r.theirImgPerSec ?? Number.NaN },
  { title: 'ratio', value: (r) => r.ratio!, digits: 2 },
  { title: 'quartiles', value: (r) => r.ratioQuartiles!.map((ratio) => ratio.toFixed(2)).join(' - ') },
  { title: 'rounds', value: (r) => r.rounds },
  { title: 'our MiB', value: (r) => (r.ourPeakRssBytes ?? Number.NaN) / 2 ** 20 },
  { title: 'their MiB', value: (r) => (r.theirPeakRssBytes ?? Number.NaN) / 2 ** 20 },
];

/** How those are printed that failed. */
export const failureColumns: readonly Column<Comparison>[] = [
  { title: 'case', value: (r) => r.case },
  { title: 'task', value: (r) => r.task },
  { title: 'peer', value: (r) => r.peer },
  { title: "the peer's own words", value: (r) => r.error! },
];
