/**
 * A small seeded generator for resampling and shuffling in the statistics (sfc32: Chris Doty-Humphrey's "Small Fast
 * Counting" generator from PractRand, 128 bits of state). Training does not use it: nets draw from Philox.
 * Kept apart so that the recorded Python references can reproduce every resample with the same ten lines.
 */

import { checkWhole } from './checks.ts';

/** Draws from one stream; the same seed gives the same numbers everywhere. */
export interface Random {
  /** A float64 in [0, 1) with 32 random bits. */
  next(): number;
  /** An integer in [0, n). */
  below(n: number): number;
}

/**
 * @param seed any integer; only its low 32 bits count
 * @throws if it is none
 */
export function random(seed: number): Random {
  checkWhole('random: the seed', seed, Number.MIN_SAFE_INTEGER);
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The seed enters in one word only: mix it through the state before the first draw.
  for (let i = 0; i < 15; i++) bits();
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
