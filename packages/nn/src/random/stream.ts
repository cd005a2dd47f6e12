import { philox4x32Into } from '@glassbox/wgsl-kernels';
import { normalQuantile } from './normal.ts';

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

  /** A number of the standard normal distribution, with the same bits on every machine. Its size is at most 6.3. */
  normal(): number {
    return normalQuantile(this.#next());
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
