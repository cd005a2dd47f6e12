import { Message } from './protobuf.ts';

/**
 * Events of TensorBoard (tensorboard/compat/proto/event.proto and summary.proto): a time, a step and a summary, which
 * is a list of tagged values.
 */

/** The first event of each file. */
export function versionEvent(wallTime: number): Uint8Array {
  return new Message().double(1, wallTime).bytes(3, 'brain.Event:2').encode();
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
  const summary = new Message();
  for (const { tag, value } of tagged) summary.bytes(1, summaryValue(tag, value));
  return new Message().double(1, wallTime).whole(2, step).bytes(5, summary).encode();
}

function summaryValue(tag: string, value: Tagged['value']): Message {
  const message = new Message().bytes(1, tag);
  if (typeof value === 'number') return message.float(2, value);
  if ('png' in value) {
    const { width, height, png } = value;
    const rgb = 3;
    return message.bytes(4, new Message().whole(1, height).whole(2, width).whole(3, rgb).bytes(4, png));
  }
  return message.bytes(5, histogram(value));
}

/** Upper bounds of buckets as TensorFlow has them: 1e-12, each 1.1 times the one before, up to 1e20, and negatives. */
const bounds = (() => {
  const positive: number[] = [];
  for (let bound = 1e-12; bound < 1e20; bound *= 1.1) positive.push(bound);
  return [...positive.map((bound) => -bound).reverse(), 0, ...positive, Number.MAX_VALUE];
})();

/** Counts of the finite values in buckets; the buckets before the first and after the last value are left out. */
function histogram(values: ArrayLike<number>): Message {
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
  return new Message()
    .double(1, count > 0 ? min : 0)
    .double(2, count > 0 ? max : 0)
    .double(3, count)
    .double(4, sum)
    .double(5, squares)
    .doubles(6, bounds.slice(first, end))
    .doubles(7, counts.slice(first, end));
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
