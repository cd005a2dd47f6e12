/** Cells of a sweep as tables, statistics, figures and a report. */
export { type Merged, mergeSweep } from './merge.ts';
export { type MergeOptions, mergeHelp, parseMergeOptions } from './options.ts';
