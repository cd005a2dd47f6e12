/**
 * Random numbers for resampling and shuffling in the statistics. Training does not use them: nets draw from Philox. The
 * scripts that record references in Python reproduce every resample with the same ten lines.
 */

import { sfc32 } from '@glassbox/random';
import { checkWhole } from './checks.ts';

/** Draws from one stream; the same seed gives the same numbers everywhere. */
export interface Random {
  /** A float64 in [0, 1) with 32 random bits. */
  next(): number;
  /** An integer in [0, n). */
  below(n: number): number;
}

/**
 * A generator of random numbers that gives the same ones on every machine (sfc32).
 * @param seed any integer; only its low 32 bits count
 * @throws if it is none
 */
export function random(seed: number): Random {
  checkWhole('random: the seed', seed, Number.MIN_SAFE_INTEGER);
  // The seed enters in one word only: fifteen draws mix it through the state.
  const bits = sfc32([0x9e3779b9, 0x243f6a88, seed | 0], 15);
  return {
    next: () => bits() / 0x1_0000_0000,
    below: (n) => Math.floor((bits() / 0x1_0000_0000) * n),
  };
}

/** Fisher-Yates shuffle in place; returns its argument. */
export function shuffle<T extends { length: number; [i: number]: number }>(items: T, rng: Random): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}
