import type { Device, Dispatch } from '@glassbox/tensor-core';
import { type Precision, untilPrecise } from '../timing.ts';

/** A piece of work that takes milliseconds, and what one run of it is worth (FLOP, bytes, elements, …). */
export interface Work {
  readonly run: () => void | Promise<void>;
  readonly worth: number;
}

/** Dispatches, repeated in one recorded list for about 3 ms, so that submitting it does not count. */
export async function repeated(
  device: Device,
  dispatches: readonly Dispatch[],
  worth: number,
): Promise<Work> {
  const timed = async (count: number) => {
    const list = device.record(new Array(count).fill(dispatches).flat());
    const run = async () => {
      device.submit(list);
      await device.synchronize();
    };
    await run();
    const start = performance.now();
    await run();
    return { run, ms: performance.now() - start };
  };
  const { ms } = await timed(2);
  const count = Math.max(2, Math.min(2000, Math.round(6 / ms)));
  return { run: (await timed(count)).run, worth: count * worth };
}

/** How a turn is timed. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** The shortest turn, long against the clock's ticks. */
  readonly turnMs: number;
}

/** Wall time, for work on several threads. */
export const wallTime: Clock = { now: () => performance.now(), turnMs: 3 };

/**
 * Processor time of this thread, for work on it alone: what other programs take does not count, other than what they
 * push out of the caches. The system counts it in ticks of 1 to 10 ms.
 */
export const processorTime: Clock = {
  now: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
  turnMs: 40,
};

/** Waits for the clock's next tick, and says how long it computed in vain for that. */
function nextTick(clock: Clock): { readonly at: number; readonly waited: number } {
  const before = clock.now();
  let waited = 0;
  for (let last = performance.now(); ; ) {
    const at = clock.now();
    const wall = performance.now();
    // A gap is another program's turn, which processor time does not count.
    if (wall - last < 0.5) waited += wall - last;
    if (at !== before) return { at, waited };
    last = wall;
  }
}

/** Worth a second over one turn. */
async function turn({ run, worth }: Work, clock: Clock): Promise<number> {
  const start = nextTick(clock).at;
  let count = 0;
  do {
    await run();
    count++;
  } while (clock.now() - start < clock.turnMs);
  const end = nextTick(clock);
  return (1000 * count * worth) / (end.at - end.waited - start);
}

/**
 * Runs pieces of work in turns until the time is over and returns the worth a second of each turn: `result[w][turn]`.
 * What else the machine does meets all of them alike, so that ratios within a turn hold. The first third of the time
 * or of a second warms up. It ends early once the ratio of the first to the last (of one piece its rate) is known.
 */
export async function inTurns(
  works: readonly Work[],
  precision: Precision,
  clock: Clock,
): Promise<number[][]> {
  const rates = works.map((): number[] => []);
  const once = async () => {
    const turns: number[] = [];
    for (const work of works) turns.push(await turn(work, clock));
    return turns;
  };
  const begin = performance.now();
  while (performance.now() - begin < 333 * Math.min(1, precision.seconds)) await once();
  await untilPrecise(async () => {
    const turns = await once();
    for (const [w, rate] of turns.entries()) rates[w].push(rate);
    return works.length > 1 ? turns[0] / turns.at(-1)! : turns[0];
  }, precision);
  return rates;
}

/** The ratio of two rates in each turn. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return above.map((rate, turn) => rate / below[turn]);
}
