import { philox4x32Into } from '@glassbox/wgsl-kernels';

/**
 * Random numbers on the host, from Philox 4x32-10: a sequence that depends on a seed and a stream number and on
 * nothing else. Different streams of one seed are independent.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  #block = 0;
  readonly #words = new Uint32Array(4);

  /**
   * @param seed a whole number from 0 to 2^53 - 1.
   * @param stream the same, or a pair of 32-bit words.
   */
  constructor(seed: number, stream: number | readonly [number, number]) {
    this.#key = split(seed, 'seed');
    this.#stream = typeof stream === 'number' ? split(stream, 'stream') : stream;
  }

  /** A number in [0, 1) with 24 random bits: exact in 32-bit floats. */
  uniform(): number {
    return (this.#next() >>> 8) * 2 ** -24;
  }

  /** The next numbers of `uniform`, as many as there is room for. */
  fillUniform(numbers: Float32Array): void {
    let at = 0;
    while (at < numbers.length && this.#block % 4 !== 0) numbers[at++] = this.uniform();
    for (; at + 4 <= numbers.length; at += 4) {
      const words = this.#draw();
      this.#block += 4;
      for (let lane = 0; lane < 4; lane++) numbers[at + lane] = (words[lane] >>> 8) * 2 ** -24;
    }
    while (at < numbers.length) numbers[at++] = this.uniform();
  }

  /**
   * A number of the standard normal distribution, with 24 random bits behind the point. By comparisons of uniform
   * numbers alone (Karney, Sampling exactly from the normal distribution, 2016, algorithm N): logarithms differ between
   * machines in their last bit.
   */
  normal(): number {
    for (;;) {
      let k = 0;
      while (this.#decays(0.5)) k++;
      if (!this.#decays(0.5, k * (k - 1))) continue;
      const x = this.uniform();
      if (!this.#decays((x * (2 * k + x)) / (2 * k + 2), k + 1)) continue;
      return this.#next() < 0x80000000 ? k + x : -(k + x);
    }
  }

  /** A whole number in [0, limit), for limits up to 2^21. */
  below(limit: number): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return Math.floor((high * 2 ** 26 + low) * 2 ** -53 * limit);
  }

  /** Every whole number in [0, count), each once, in random order (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other], order[last]];
    }
    return order;
  }

  /** True with probability exp(-times · p), for p from 0 to 1 (von Neumann, 1951). */
  #decays(p: number, times = 1): boolean {
    for (let time = 0; time < times; time++) {
      let last = p;
      let even = true;
      for (let u = this.uniform(); u < last; u = this.uniform()) {
        last = u;
        even = !even;
      }
      if (!even) return false;
    }
    return true;
  }

  #next(): number {
    const lane = this.#block % 4;
    if (lane === 0) this.#draw();
    this.#block++;
    return this.#words[lane];
  }

  /** Computes the four words that begin at the current position. */
  #draw(): Uint32Array {
    const block = this.#block / 4;
    const [low, high] = this.#stream;
    const [k0, k1] = this.#key;
    philox4x32Into(this.#words, block >>> 0, Math.floor(block / 2 ** 32), low, high, k0, k1);
    return this.#words;
  }
}

function split(value: number, name: string): [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`random numbers: ${name} must be a whole number from 0 to 2^53 - 1, not ${value}`);
  }
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}
