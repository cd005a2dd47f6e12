/** A set as the report names it, and what has to be known of it. */
import { basename } from 'node:path';
import { findingCounts, type OpenDataset, type SplitName, splitNames } from '@glassbox/medmnist';
import type { SetSummary } from './results.ts';
import type { FoundSet } from './sets.ts';

/** Counts what a set holds. */
export function summaryOf({ set, size, file, md5, published }: FoundSet, dataset: OpenDataset): SetSummary {
  const { task, channels, labelNames, splits, source } = dataset;
  const each = <T>(of: (split: SplitName) => T) =>
    Object.fromEntries(splitNames.map((split) => [split, of(split)])) as Record<SplitName, T>;
  return {
    set,
    size,
    file: basename(file),
    md5,
    published,
    real: source.real,
    task,
    channels,
    classes: labelNames,
    counts: each((split) => splits[split].count),
    classCounts: each((split) => {
      const { labels, labelCount } = splits[split];
      if (task === 'multi-label, binary-class') return findingCounts(labels, labelCount);
      return labelNames.map((_, k) => labels.reduce((sum, label) => sum + Number(label === k), 0));
    }),
  };
}

/** What a reader of the scores must know of the images. */
export function warningsOf({
  set,
  size,
  real,
  published,
  classes,
  classCounts,
  counts,
  task,
}: SetSummary): string[] {
  const where = `${set}, ${size} pixels`;
  const multiLabel = task === 'multi-label, binary-class';
  const missing = (split: SplitName) =>
    classes.filter((_, k) => {
      const count = classCounts[split][k];
      return count === 0 || (count === counts[split] && (multiLabel || classes.length === 2));
    });
  return [
    ...(real
      ? []
      : [`${where}: SYNTHETIC, generated images; figures measured on them say nothing about medicine`]),
    ...(real && !published ? [`${where}: not a published file, so that no published cell is beside it`] : []),
    ...(['val', 'test'] as const).flatMap((split) => {
      const names = missing(split);
      if (names.length === 0) return [];
      return [
        `${where}: in ${split} no image or every image has ${names.join(', ')}; the AUC is the mean of the others`,
      ];
    }),
  ];
}
