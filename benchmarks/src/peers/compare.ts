import type { DeviceName } from '@glassbox/tensor-core';
import { estimate, halfWidth, median, quartiles, type Spread, spread } from '../statistics.ts';
import { type Measured, measured } from '../timing.ts';
import type { Task } from './peers.ts';
import { PeerProcess, type PeerProgram } from './process.ts';
import type { Memory, Prepared, Request, Timings } from './protocol.ts';

/** One contender's figure against ours, from runs that took turns. */
export interface Comparison extends Partial<Measured> {
  readonly case: string;
  readonly task: Task;
  readonly batch: number;
  /** Images that one timing stands for: a batch, or the training images of an epoch. */
  readonly images: number;
  readonly peer: string;
  readonly device: DeviceName;
  readonly ourVersion: string;
  readonly peerVersion?: string;
  readonly rounds: number;
  /** The largest difference of the first losses from the same weights, as a share, where they were compared. */
  readonly lossDifference?: number;
  /** Milliseconds of a step (or epoch), over rounds. */
  readonly ours?: Spread;
  readonly theirs?: Spread;
  readonly ourImgPerSec?: number;
  readonly theirImgPerSec?: number;
  /** Ours over theirs in images/s: the median of the ratios of neighbouring runs. Above 1 we are faster. */
  readonly ratio?: number;
  readonly ratioQuartiles?: readonly [number, number];
  /** Largest resident set of each process up to this task's end. */
  readonly ourPeakRssBytes?: number;
  readonly theirPeakRssBytes?: number;
  /** Why there is no figure, in the peer's own words. */
  readonly error?: string;
}

/** How many rounds there are, and how long anything may take. */
export interface RoundLimits {
  /** So many rounds at least. */
  readonly rounds: number;
  /** So many at most, if the ratio is not known before. */
  readonly most: number;
  /** The ratio is known once the 95 % interval of its mean reaches no further than this share of it. */
  readonly within: number;
  /** Seconds of each run. */
  readonly seconds: number;
  /** No new round begins after so many seconds. */
  readonly limit: number;
  /** The longest that one answer may take, in seconds. */
  readonly patience: number;
}

/**
 * Starts a peer; of several forms the one that was fastest while it was prepared goes on, the others end.
 * @throws PeerError if no form could be prepared: the last one's own words.
 */
export async function fastestForm(programs: readonly PeerProgram[], prepare: Request, patience: number) {
  let best: { contender: PeerProcess; version: string; trialMs: number } | undefined;
  let failure: unknown;
  for (const program of programs) {
    const contender = new PeerProcess(program);
    let loser: PeerProcess | undefined = contender;
    try {
      const { version, trialMs = 0 } = await contender.ask<Prepared>(prepare, patience);
      if (!best || trialMs < best.trialMs) {
        loser = best?.contender;
        best = { contender, version, trialMs };
      }
    } catch (error) {
      failure = error;
    }
    await loser?.close();
  }
  if (!best) throw failure;
  return best;
}

/** What one round measured, in ms a step. */
interface Round {
  readonly ours: number;
  readonly theirs: number;
}

/**
 * Runs ours, theirs, ours, theirs, … so that whatever else the machine does falls on both. A round's figure is the
 * median of its steps.
 * @throws PeerError in the peer's own words.
 */
export async function takeTurns(
  ours: PeerProcess,
  theirs: PeerProcess,
  task: Task,
  limits: RoundLimits,
): Promise<Round[]> {
  const steps = task === 'train' || task === 'infer' ? task : 'op';
  const request: Request = task === 'epoch' ? { do: 'epoch' } : { do: steps, seconds: limits.seconds };
  const run = async (contender: PeerProcess) =>
    median((await contender.ask<Timings>(request, limits.patience)).ms);
  const end = performance.now() + 1000 * limits.limit;
  if (task !== 'epoch') {
    // Warms both up; epochs were warmed up when they were prepared.
    await run(ours);
    await run(theirs);
  }
  const rounds: Round[] = [];
  do rounds.push({ ours: await run(ours), theirs: await run(theirs) });
  while (performance.now() < end && rounds.length < limits.most && !enough(rounds, limits));
  return rounds;
}

/** The ratio of each round: above 1 we are faster. */
const ratiosOf = (rounds: readonly Round[]) => rounds.map(({ ours, theirs }) => theirs / ours);

function enough(rounds: readonly Round[], limits: RoundLimits): boolean {
  return rounds.length >= limits.rounds && halfWidth(estimate(ratiosOf(rounds), 'times')) <= limits.within;
}

/**
 * The figures of a comparison from its rounds. It is noisy if its ratio is: both sides' own times may well be, on a
 * machine that is busy.
 */
export function summary(
  id: string,
  rounds: readonly Round[],
  images: number,
  { within }: { within: number },
) {
  const ours = spread(rounds.map((round) => round.ours));
  const theirs = spread(rounds.map((round) => round.theirs));
  const ratios = ratiosOf(rounds);
  const times = {
    ours: estimate(
      rounds.map((round) => round.ours),
      'ms',
    ),
    theirs: estimate(
      rounds.map((round) => round.theirs),
      'ms',
    ),
  };
  const { estimates, ...row } = measured(id, { ratio: [ratios, 'times'] }, { within });
  return {
    ...row,
    estimates: { ...estimates, ...times },
    rounds: rounds.length,
    ours,
    theirs,
    ourImgPerSec: (1000 * images) / ours.median,
    theirImgPerSec: (1000 * images) / theirs.median,
    ratio: median(ratios),
    ratioQuartiles: quartiles(ratios),
  };
}

/** The largest resident set of a contender so far. */
export async function peakRss(contender: PeerProcess): Promise<number> {
  return (await contender.ask<Memory>({ do: 'memory' }, 30)).peakRssBytes;
}
