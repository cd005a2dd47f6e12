import { protobuf } from '@glassbox/files';

const { block, double, doubles, float, integer, joined, text } = protobuf;

/**
 * Events of TensorBoard (tensorboard/compat/proto/event.proto and summary.proto): a time, a step and a summary, which
 * is a list of tagged values.
 */

/** The first event of each file. */
export function versionEvent(wallTime: number): Uint8Array {
  return joined([...double(1, wallTime), ...text(3, 'brain.Event:2')]);
}

/** One tagged value. */
export interface Tagged {
  /** The name under which TensorBoard shows it. */
  readonly tag: string;
  /** A scalar (float32 in the file), a picture, or the values that a histogram counts. */
  readonly value: number | Png | ArrayLike<number>;
}

/** An encoded PNG picture. */
export interface Png {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The whole file. */
  readonly png: Uint8Array;
}

/** An event with values of one step. @param wallTime seconds since 1970 */
export function summaryEvent(wallTime: number, step: number, tagged: readonly Tagged[]): Uint8Array {
  const summary = tagged.flatMap(({ tag, value }) => block(1, [...text(1, tag), ...summaryValue(value)]));
  return joined([...double(1, wallTime), ...integer(2, step), ...block(5, summary)]);
}

function summaryValue(value: Tagged['value']): protobuf.Pieces {
  if (typeof value === 'number') return float(2, value);
  if (!('png' in value)) return block(5, histogram(value));
  const { width, height, png } = value;
  const rgb = 3;
  return block(4, [...integer(1, height), ...integer(2, width), ...integer(3, rgb), ...block(4, [png])]);
}

/** Upper bounds of buckets as TensorFlow has them: 1e-12, each 1.1 times the one before, up to 1e20, and negatives. */
const bounds = (() => {
  const positive: number[] = [];
  for (let bound = 1e-12; bound < 1e20; bound *= 1.1) positive.push(bound);
  return [...positive.map((bound) => -bound).reverse(), 0, ...positive, Number.MAX_VALUE];
})();

/** Counts of the finite values in buckets; the buckets before the first and after the last value are left out. */
function histogram(values: ArrayLike<number>): protobuf.Pieces {
  const counts = new Float64Array(bounds.length);
  let [min, max, sum, squares, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    squares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    counts[bucketOf(value)]++;
  }
  const first = count > 0 ? bucketOf(min) : 0;
  const end = count > 0 ? bucketOf(max) + 1 : 1;
  return [
    ...double(1, count > 0 ? min : 0),
    ...double(2, count > 0 ? max : 0),
    ...double(3, count),
    ...double(4, sum),
    ...double(5, squares),
    ...doubles(6, bounds.slice(first, end)),
    ...doubles(7, counts.slice(first, end)),
  ];
}

/** The first bucket whose bound lies above a value. */
function bucketOf(value: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < bounds[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The step of an event that this file wrote; undefined for the first one of a file. */
export function stepOf(event: Uint8Array): number | undefined {
  // The time (a tag and 8 bytes), then the step's tag.
  if (event[9] !== 0x10) return undefined;
  let step = 0;
  for (let at = 10, unit = 1; at < event.length; at++, unit *= 128) {
    step += (event[at] & 127) * unit;
    if (event[at] < 128) break;
  }
  return step;
}
