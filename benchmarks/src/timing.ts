import type { Device } from '@glassbox/tensor-core';
import { enoughRepeats, type Now, type Timings } from './clock.ts';
import { type Estimate, estimate, halfWidth, type Unit } from './statistics.ts';

/** When a figure has been measured long enough. */
export interface Precision {
  /** The most time to spend, in seconds. At least three measurements are made in any case. */
  readonly seconds: number;
  /** Measuring ends once the 95 % interval of the mean reaches no further than this share of it. */
  readonly within: number;
}

/** Fewer measurements than this may agree by chance. */
const fewest = 10;

/**
 * Measures until the mean is known well enough or the time is over. At least ten measurements over a tenth of the time
 * are made before it ends early.
 * @param sample one measurement
 */
export async function untilPrecise(
  sample: () => number | Promise<number>,
  { seconds, within }: Precision,
): Promise<number[]> {
  const values: number[] = [];
  const start = performance.now();
  let [mean, squares] = [0, 0];
  for (;;) {
    const value = await sample();
    values.push(value);
    // Welford's running mean and sum of squares: some samples take microseconds.
    const before = value - mean;
    mean += before / values.length;
    squares += before * (value - mean);
    const count = values.length;
    const spent = performance.now() - start;
    if (spent >= 1000 * seconds && count >= 3) return values;
    if (count < fewest || spent < 100 * seconds) continue;
    const standardError = Math.sqrt(squares / (count - 1) / count);
    if (halfWidth({ unit: 'ms', mean, standardError, count }) <= within) return values;
  }
}

/** What every row of results says of its figures beside the figures themselves: what two runs are compared by. */
export interface Measured {
  /** Names the row: the same in every run. */
  readonly id: string;
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** True if the mean of some figure is not known within the precision that was asked for. */
  readonly noisy: boolean;
  /** True if the clock is too coarse for some figure, however often its work is repeated. */
  readonly coarse?: boolean;
}

/**
 * The estimates of a row.
 * @param figures the measurements of each figure, and their unit
 */
export function measured(
  id: string,
  figures: Readonly<Record<string, readonly [values: Timings | readonly number[], unit: Unit]>>,
  { within }: Pick<Precision, 'within'>,
): Measured {
  const all = Object.entries(figures).map(([name, [values, unit]]) => {
    const timings = 'ms' in values ? values : { ms: values, coarse: false };
    return { name, estimate: estimate(timings.ms, unit), coarse: timings.coarse };
  });
  return {
    id,
    estimates: Object.fromEntries(all.map(({ name, estimate }) => [name, estimate])),
    noisy: all.some(({ estimate }) => !(halfWidth(estimate) <= within)),
    ...(all.some(({ coarse }) => coarse) && { coarse: true }),
  };
}

export interface TimingOptions extends Precision {
  /** The most repetitions that are queued before the device is waited for, unless the clock needs more. */
  readonly queued?: number;
  /** The clock; `performance.now` unless given. */
  readonly now?: Now;
}

/**
 * Times one repetition of `work`, from groups of repetitions that end with a wait for the device. Groups are long
 * enough for the wait and the clock's quantum not to matter, and short enough to give a median. The first groups, until
 * a quarter of the time or a second has passed, warm up: caches fill, and WebAssembly moves from its first compiler to
 * its second.
 * @param work Queues the work; it is not awaited.
 */
export async function timeRepeats(
  device: Pick<Device, 'synchronize'>,
  work: () => void,
  { queued = 20, now = () => performance.now(), ...precision }: TimingOptions,
): Promise<Timings> {
  const group = async (count: number) => {
    const start = now();
    for (let n = 0; n < count; n++) work();
    await device.synchronize();
    return now() - start;
  };
  const begin = performance.now();
  const warmUp = Math.min(1000, 250 * precision.seconds);
  let once = await group(1);
  while (performance.now() - begin < warmUp) once = await group(1);
  const first = Math.max(1, Math.min(queued, Math.round(50 / once)));
  const { count, coarse } = await enoughRepeats(group, first, 1000, now);
  const ms = await untilPrecise(async () => (await group(count)) / count, precision);
  return { ms, coarse };
}
