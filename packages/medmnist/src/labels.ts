import type { Split } from './dataset.ts';
import { KeyedRandom } from './random.ts';

/**
 * Any finding = diseased: 1 where at least one of an image's labels is set, else 0. The practical's rule for
 * ChestMNIST's 14 findings; leaves a binary class as it is.
 *
 * @param labels N x labelCount, 0 or 1.
 * @returns N bytes.
 */
export function toBinary(labels: Uint8Array, labelCount: number): Uint8Array {
  checkRows(labels, labelCount);
  const out = new Uint8Array(labels.length / labelCount);
  for (let i = 0; i < labels.length; i++) if (labels[i]) out[Math.floor(i / labelCount)] = 1;
  return out;
}

/** A split with one 0/1 label an image; the images are shared, not copied. */
export function binarySplit(split: Split): Split {
  return { ...split, labels: toBinary(split.labels, split.labelCount), labelCount: 1 };
}

/** How often each finding of a multi-label set occurs. */
export function findingCounts(labels: Uint8Array, labelCount: number): number[] {
  checkRows(labels, labelCount);
  const counts = new Array<number>(labelCount).fill(0);
  for (let i = 0; i < labels.length; i++) if (labels[i]) counts[i % labelCount]++;
  return counts;
}

/** Balance of a set of class numbers. */
export interface ClassBalance {
  /** Images of each class 0, 1, ... */
  readonly counts: readonly number[];
  /** Share of each class among the images; their sum is 1. */
  readonly fractions: readonly number[];
  /** Accuracy of always answering the most frequent class: what any model must beat. */
  readonly majority: number;
  /** The number of the most frequent class. */
  readonly majorityClass: number;
}

/** Counts class numbers. `classes` defaults to the largest present plus one, at least two. */
export function classBalance(classNumbers: Uint8Array, classes?: number): ClassBalance {
  let largest = 1;
  for (const value of classNumbers) if (value > largest) largest = value;
  const counts = new Array<number>(Math.max(classes ?? 0, largest + 1)).fill(0);
  for (const value of classNumbers) counts[value]++;
  const total = Math.max(1, classNumbers.length);
  const fractions = counts.map((count) => count / total);
  const majority = Math.max(...fractions);
  return { counts, fractions, majority, majorityClass: fractions.indexOf(majority) };
}

/** The rows named, in that order. */
export function takeRows(split: Split, rows: ArrayLike<number>): Split {
  const width = split.images.length / split.count;
  const images = new Uint8Array(rows.length * width);
  const labels = new Uint8Array(rows.length * split.labelCount);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!(Number.isInteger(row) && row >= 0 && row < split.count)) {
      throw new RangeError(`takeRows: row ${row} is outside the split's ${split.count} images`);
    }
    images.set(split.images.subarray(row * width, (row + 1) * width), i * width);
    labels.set(
      split.labels.subarray(row * split.labelCount, (row + 1) * split.labelCount),
      i * split.labelCount,
    );
  }
  return { images, labels, count: rows.length, labelCount: split.labelCount };
}

/** The first n images, as the practical's low-data task wants. Shares memory with `split`. */
export function takeFirst(split: Split, n: number): Split {
  checkCount('takeFirst', n, split.count);
  return {
    images: split.images.subarray(0, (split.images.length / split.count) * n),
    labels: split.labels.subarray(0, split.labelCount * n),
    count: n,
    labelCount: split.labelCount,
  };
}

/**
 * n images drawn without replacement so that each class keeps its share (largest remainders get what is left over),
 * in the split's order.
 *
 * @param classOf class of each image; default the label, or healthy/diseased where there are several findings.
 */
export function takeStratified(split: Split, n: number, seed: number, classOf?: ArrayLike<number>): Split {
  return takeRows(split, stratifiedRows(split, n, seed, classOf));
}

/** The row numbers that {@link takeStratified} takes, ascending. */
export function stratifiedRows(split: Split, n: number, seed: number, classOf?: ArrayLike<number>): number[] {
  checkCount('takeStratified', n, split.count);
  const classes =
    classOf ?? (split.labelCount === 1 ? split.labels : toBinary(split.labels, split.labelCount));
  if (classes.length !== split.count) {
    throw new RangeError(`takeStratified: ${classes.length} classes for ${split.count} images`);
  }
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < split.count; row++) {
    const rows = rowsOf.get(classes[row]);
    if (rows) rows.push(row);
    else rowsOf.set(classes[row], [row]);
  }
  const groups = [...rowsOf].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  const quotas = groups.map((rows) => (rows.length * n) / split.count);
  const takes = quotas.map(Math.floor);
  const byRemainder = groups
    .map((_, i) => i)
    .sort((a, b) => quotas[b] - takes[b] - (quotas[a] - takes[a]) || a - b);
  const left = n - takes.reduce((sum, take) => sum + take, 0);
  for (const i of byRemainder.slice(0, left)) takes[i]++;
  const random = new KeyedRandom(seed, 0x5eed);
  const chosen = groups.flatMap((rows, i) => random.shuffle(rows).slice(0, takes[i]));
  return chosen.sort((a, b) => a - b);
}

/** Two or more splits one after the other; all need images and labels of the same width. */
export function concatSplits(...splits: readonly Split[]): Split {
  const [first] = splits;
  if (!first) throw new RangeError('concatSplits: no split given');
  const count = splits.reduce((sum, split) => sum + split.count, 0);
  const width = first.images.length / first.count;
  for (const split of splits) {
    if (split.labelCount !== first.labelCount || split.images.length !== split.count * width) {
      throw new RangeError(
        `concatSplits: ${split.images.length / split.count} bytes and ${split.labelCount} ` +
          `labels an image do not go with ${width} and ${first.labelCount}`,
      );
    }
  }
  return {
    images: concatBytes(splits.map((split) => split.images)),
    labels: concatBytes(splits.map((split) => split.labels)),
    count,
    labelCount: first.labelCount,
  };
}

/** Bytes one after the other, for instance training images and unlabelled ones. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

function checkRows(labels: Uint8Array, labelCount: number): void {
  if (!(Number.isInteger(labelCount) && labelCount > 0) || labels.length % labelCount !== 0) {
    throw new RangeError(`${labels.length} labels do not make rows of ${labelCount}`);
  }
}

function checkCount(op: string, n: number, count: number): void {
  if (!(Number.isInteger(n) && n >= 0 && n <= count)) {
    throw new RangeError(`${op}: ${n} images asked for, the split has ${count}`);
  }
}
