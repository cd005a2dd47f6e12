/**
 * Random numbers for data: small, seeded, the same on every machine.
 *
 * A stream is named by whole numbers (seed, domain, split, index, ...), so image 70,000 is made without making the
 * 69,999 before it. Only exact operations are used (32-bit integers, + - * / and square root), never `Math.sin` or
 * `Math.log`, whose last bit differs between JavaScript engines.
 *
 * Mixing: MurmurHash3's 32-bit finaliser (A. Appleby, 2011). Stream: sfc32 (C. Doty-Humphrey, PractRand), which
 * passes PractRand and BigCrush and needs four words of state.
 */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

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
    this.#a = a;
    this.#b = b;
    this.#c = c;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
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
