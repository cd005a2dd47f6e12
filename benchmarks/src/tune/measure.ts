import { type Device, type Dispatch, planHash, type RecordedList } from '@glassbox/tensor-core';
import type { KernelPlan, Tile, Tunable } from '@glassbox/wgsl-kernels';
import { median, quartiles } from '../statistics.ts';
import { Bench } from './bench.ts';

/** A tile must be so much faster than the default to be chosen. */
const clearly = 1.03;
/** Tiles so much slower than the best are not measured any further. */
const hopeless = 1.2;

/** What a measurement found for one kernel. */
export interface Choice {
  /** The fastest; empty if no tile is clearly faster than the default. */
  readonly tile: Tile;
  readonly chosenText: string;
  readonly sameBits: boolean;
  readonly ms: number;
  readonly defaultMs: number;
  /** Tiles that were timed, the default included. */
  readonly tried: number;
  /** Tiles that should give the default's bits and did not here. */
  readonly otherBits: readonly Tile[];
}

interface Contender {
  readonly tile: Tile;
  readonly plan: KernelPlan;
  readonly sameBits: boolean;
  readonly list: RecordedList;
  readonly times: number[];
}

export interface MeasureOptions {
  /** Time for this kernel; at least a few rounds are measured in any case. */
  readonly seconds: number;
  /** Choose among tiles that differ in bits, too. */
  readonly allowDifferentBits: boolean;
}

/**
 * Times the short list of one kernel. Contenders take turns, so that whatever else the machine does hits all of them;
 * the fastest is chosen if it beats the default clearly in rounds that were not used for choosing it.
 */
export async function measureTunable(
  device: Device,
  tunable: Tunable,
  { seconds, allowDifferentBits }: MeasureOptions,
): Promise<Choice> {
  const bench = new Bench(device, tunable);
  const contenders: Contender[] = [];
  try {
    const usual = tunable.build();
    const expected = await bench.bits(bench.dispatches(usual));
    const repeats = await repeatsFor(device, bench.dispatches(usual));
    const enter = (tile: Tile, plan: KernelPlan, sameBits: boolean) => {
      const list = device.record(repeated(bench.dispatches(plan), repeats));
      contenders.push({ tile, plan, sameBits, list, times: [] });
    };
    enter({}, usual, true);
    const otherBits: Tile[] = [];
    for (const candidate of tunable.candidates()) {
      if (!candidate.sameBits && !allowDifferentBits) continue;
      const plan = tunable.build(candidate.tile);
      // The order of summation is the same, but a driver may fuse multiplications and additions as it likes.
      const same = candidate.sameBits && equal(expected, await bench.bits(bench.dispatches(plan)));
      if (candidate.sameBits && !same) otherBits.push(candidate.tile);
      if (same || allowDifferentBits) enter(candidate.tile, plan, same);
    }
    const tried = contenders.length;
    const time = async ({ list }: Contender) => {
      const start = performance.now();
      device.submit(list);
      await device.synchronize();
      return (performance.now() - start) / repeats;
    };
    const winner = await tournament(contenders, time, seconds);
    const [usually, best] = [contenders[0], winner];
    const ms = median(best.times);
    const defaultMs = median(usually.times);
    const won = best !== usually && (await confirmed(usually, best, time));
    const { tile, plan, sameBits } = won ? best : usually;
    return {
      tile,
      chosenText: planHash(plan),
      sameBits,
      ms: won ? ms : defaultMs,
      defaultMs,
      tried,
      otherBits,
    };
  } finally {
    for (const { list } of contenders) list.destroy();
    bench.destroy();
  }
}

/** Rounds in which everybody has a turn; a tile that is far slower than the fastest is dropped. */
async function tournament(
  contenders: readonly Contender[],
  time: (one: Contender) => Promise<number>,
  seconds: number,
): Promise<Contender> {
  const usual = contenders[0];
  let field = [...contenders];
  // WebAssembly moves from its first compiler to its second in these.
  for (let warm = 0; warm < 3; warm++) for (const one of field) await time(one);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < 5 || performance.now() < end; round++) {
    for (const one of field) one.times.push(await time(one));
    if (round < 2) continue;
    const best = Math.min(...field.map(({ times }) => median(times)));
    field = field.filter((one) => one === usual || median(one.times) <= hopeless * best);
    if (field.length === 1) break;
  }
  return field.reduce((best, one) => (median(one.times) < median(best.times) ? one : best));
}

/** True if `best` wins clearly in fresh rounds against the default alone. */
async function confirmed(
  usual: Contender,
  best: Contender,
  time: (one: Contender) => Promise<number>,
): Promise<boolean> {
  const ratios: number[] = [];
  for (let round = 0; round < 9; round++) {
    // Whoever comes second may find warm caches or a throttled core: take turns at that, too.
    const first = round % 2 === 0 ? usual : best;
    const second = first === usual ? best : usual;
    const [a, b] = [await time(first), await time(second)];
    ratios.push(first === usual ? a / b : b / a);
  }
  return median(ratios) >= clearly && quartiles(ratios)[0] > 1;
}

/** How often a kernel runs in one timing, so that submitting and waiting hardly count. */
async function repeatsFor(device: Device, dispatches: readonly Dispatch[]): Promise<number> {
  let ms = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 4; n++) {
    const start = performance.now();
    device.submit(repeated(dispatches, 2));
    await device.synchronize();
    ms = Math.min(ms, (performance.now() - start) / 2);
  }
  return Math.max(1, Math.min(200, Math.round(3 / ms)));
}

function repeated(dispatches: readonly Dispatch[], count: number): Dispatch[] {
  return Array.from({ length: count }, () => dispatches).flat();
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((word, index) => word === b[index]);
}
