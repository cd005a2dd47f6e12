import { sfc32 } from '@glassbox/random';

/**
 * Random numbers for data: small, seeded, the same on every machine.
 *
 * A stream is named by whole numbers (seed, domain, split, index, ...), so image 70,000 is made without making the
 * 69,999 before it. Only exact operations are used (32-bit integers, + - * / and square root), never `Math.sin` or
 * `Math.log`, whose last bit differs between JavaScript engines.
 *
 * Mixing: MurmurHash3's 32-bit finaliser (A. Appleby, 2011). Stream: sfc32.
 */
export class KeyedRandom {
  /** 32 random bits. */
  readonly next: () => number;

  /** @param key whole numbers that name the stream; their order matters. */
  constructor(...key: readonly number[]) {
    let a = 0x9e3779b9;
    let b = 0x243f6a88;
    let c = 0xb7e15162;
    for (const part of key) {
      // Parts above 32 bits count in full.
      const low = part >>> 0;
      const high = Math.floor(part / 0x1_0000_0000) >>> 0;
      a = mix(a ^ low);
      b = mix((b ^ high) + a);
      c = mix(c + b);
    }
    this.next = sfc32([a, b, c], 12);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Whole number in [0, n), without the bias of a remainder beyond 1 in 2^32/n. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /**
   * Close to a standard normal: the sum of twelve uniforms less six (Irwin-Hall), which never leaves [-6, 6] and needs
   * no logarithm. Its kurtosis is 2.9 instead of 3.
   */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = items.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
