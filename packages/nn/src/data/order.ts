import { RandomStream } from '../random/stream.ts';

/** The stream of the shuffles: far from those that initial weights and dropout count up from 0. */
const shuffleStream = 0x73687566;

/**
 * Row numbers in an epoch's own order, a function of seed and epoch: a training that goes on draws the same, and so
 * does a loop of one's own.
 * @param epoch from 1
 */
export function shuffled(rows: Uint32Array, seed: number, epoch: number): Uint32Array {
  const order = new RandomStream(seed, [shuffleStream, epoch]).permutation(rows.length);
  return order.map((index) => rows[index]);
}

/** Cuts row numbers into batches; the last may be smaller, or is left out. */
export function* cut(rows: Uint32Array, batchSize: number, dropLast = false): Generator<Uint32Array> {
  const end = dropLast ? rows.length - (rows.length % batchSize) : rows.length;
  for (let start = 0; start < end; start += batchSize) yield rows.subarray(start, start + batchSize);
}

/** How many batches that makes. */
export function batchCount(rows: number, batchSize: number, dropLast = false): number {
  return dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);
}

/** @throws RangeError if every image would be dropped. */
export function requireBatches(owner: string, rows: number, batchSize: number, dropLast = false): void {
  if (batchCount(rows, batchSize, dropLast) > 0 || rows === 0) return;
  throw new RangeError(
    `${owner}: dropLast leaves no batch, for there are ${rows} images and a batch has ${batchSize}`,
  );
}
