/** Somebody's kernel against the project's: checked first, then timed in turns. */
import type { Device, Dispatch, RecordedList } from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';
import { enoughRepeats, type Now } from '../clock.ts';
import { type Roofline, roof } from '../kernels/roofline.ts';
import { median, quartiles } from '../statistics.ts';
import { type Measured, measured } from '../timing.ts';
import { BoundExample, type Wrong } from './bound-example.ts';
import type { OwnKernel } from './own-kernel.ts';
import { type Subject, subjectTitle } from './subject.ts';

/** What one of the two kernels reaches. */
export interface Side {
  readonly workgroups: readonly [number, number, number];
  readonly ms: number;
  readonly msQuartiles: readonly [number, number];
  readonly gflops: number;
  readonly gbPerSec: number;
  /** What bounds the work at this device's peak and bandwidth, and the time at that roof over the measured time. */
  readonly bound: 'compute' | 'memory';
  readonly roofShare: number;
}

export interface KernelComparison extends Measured {
  readonly kernel: string;
  readonly shape: readonly number[];
  readonly choices: Subject['choices'];
  /** Which of the kernels of `kernel` was replaced, from 1. */
  readonly part: number;
  readonly device: string;
  readonly adapter: string;
  readonly threads: number | null;
  readonly rounds: number;
  readonly flop: number;
  readonly bytes: number;
  readonly own: Side;
  readonly builtIn: Side;
  /** How many times as fast the own kernel is, of each round: median and quartiles. */
  readonly speedup: number;
  readonly speedupQuartiles: readonly [number, number];
  /** How the grid was found, where it is not the built-in kernel's. */
  readonly note?: string;
  /** The own kernel's text. */
  readonly wgsl: string;
}

/** What a check found: nothing, or the kernel that is wrong. */
export type Checked =
  | { readonly wrong: undefined }
  | { readonly wrong: Wrong; readonly who: 'own' | 'built-in' };

/** Runs both kernels once and compares them with the float64 twin. */
export async function checkBoth(device: Device, subject: Subject, own: Kernel): Promise<Checked> {
  const bound = new BoundExample(device, subject);
  try {
    const theirs = await bound.check(subject.builtIn);
    if (theirs) return { wrong: theirs, who: 'built-in' };
    const wrong = await bound.check(own);
    return wrong ? { wrong, who: 'own' } : { wrong };
  } finally {
    bound.destroy();
  }
}

export interface TurnOptions {
  /** Rounds of four turns: own, built-in, built-in, own. */
  readonly rounds: number;
  /** Called after each round. */
  readonly progress?: (done: number, rounds: number) => void;
  readonly now?: Now;
}

/** Wall time before the first round, in milliseconds: caches fill, and WebAssembly moves to its second compiler. */
const warmUp = 400;
/** The mean of the ratio should be known so well; else the row is marked as noisy. */
const within = 0.03;

/** Times both in turns. Check them before: a wrong kernel is not worth a figure. */
export async function compareInTurns(
  device: Device,
  subject: Subject,
  { kernel: own, note }: OwnKernel,
  roofline: Roofline,
  { rounds, progress, now = () => performance.now() }: TurnOptions,
): Promise<KernelComparison> {
  const bound = new BoundExample(device, subject);
  try {
    // What the kernels before it in the example leave, both find.
    await bound.check(subject.builtIn);
    const turns = await Promise.all(
      [own, subject.builtIn].map((kernel) => turnOf(device, bound.dispatch(kernel), now)),
    );
    const begin = now();
    while (now() - begin < warmUp) for (const turn of turns) await turn.run();
    const times: [own: number[], builtIn: number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const [first, second, third, fourth] = [
        await turns[0].run(),
        await turns[1].run(),
        await turns[1].run(),
        await turns[0].run(),
      ];
      times[0].push((first + fourth) / 2);
      times[1].push((second + third) / 2);
      progress?.(round + 1, rounds);
    }
    for (const { list } of turns) list.destroy();
    return rowOf(device, subject, { own, note, roofline, times, coarse: turns.some(({ coarse }) => coarse) });
  } finally {
    bound.destroy();
  }
}

interface Turn {
  readonly list: RecordedList;
  readonly coarse: boolean;
  /** Milliseconds of one dispatch, from a list that repeats it. */
  readonly run: () => Promise<number>;
}

/** A list that repeats the dispatch for long enough: some milliseconds, and a hundred steps of the clock. */
async function turnOf(device: Device, dispatch: Dispatch, now: Now): Promise<Turn> {
  const listOf = (count: number) => device.record(new Array<Dispatch>(count).fill(dispatch));
  const timed = async (list: RecordedList) => {
    const start = now();
    device.submit(list);
    await device.synchronize();
    return now() - start;
  };
  const timeOf = async (count: number) => {
    const list = listOf(count);
    await timed(list);
    const ms = await timed(list);
    list.destroy();
    return ms;
  };
  const estimate = (await timeOf(2)) / 2;
  const first = Math.max(1, Math.min(500, Math.round(4 / estimate)));
  const { count, coarse } = await enoughRepeats(timeOf, first, 500, now);
  const list = listOf(count);
  return { list, coarse, run: async () => (await timed(list)) / count };
}

function rowOf(
  device: Device,
  subject: Subject,
  {
    own,
    note,
    roofline,
    times,
    coarse,
  }: {
    readonly own: Kernel;
    readonly note: string | undefined;
    readonly roofline: Roofline;
    readonly times: readonly [own: readonly number[], builtIn: readonly number[]];
    readonly coarse: boolean;
  },
): KernelComparison {
  const { flop, bytes } = subject.builtIn;
  const top = roof(roofline, subject.builtIn);
  const side = ({ workgroups }: Kernel, all: readonly number[]): Side => {
    const ms = median(all);
    return {
      workgroups,
      ms,
      msQuartiles: quartiles(all),
      gflops: flop / ms / 1e6,
      gbPerSec: bytes / ms / 1e6,
      bound: top.bound,
      roofShare: (1000 * top.seconds) / ms,
    };
  };
  const [ownMs, builtInMs] = times;
  const speedups = ownMs.map((ms, round) => builtInMs[round] / ms);
  const { kind, adapter, threads = null } = device.info;
  return {
    ...measured(
      `${subjectTitle(subject)}, ${kind}`,
      { ms: [{ ms: ownMs, coarse }, 'ms'], builtInMs: [builtInMs, 'ms'], speedup: [speedups, 'times'] },
      { within },
    ),
    kernel: subject.name,
    shape: subject.shape,
    choices: subject.choices,
    part: subject.part + 1,
    device: kind,
    adapter,
    threads,
    rounds: ownMs.length,
    flop,
    bytes,
    own: side(own, ownMs),
    builtIn: side(subject.builtIn, builtInMs),
    speedup: median(speedups),
    speedupQuartiles: quartiles(speedups),
    ...(note !== undefined && { note }),
    wgsl: own.wgsl,
  };
}
