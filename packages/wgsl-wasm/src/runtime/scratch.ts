/** Scratch memory: each thread has its own, in one block of the memory. */
import { SCRATCH_HEADER, THREAD_SCRATCH, THREAD_SIZE, THREADS } from './layout.ts';
import type { Space } from './space.ts';
import type { Turns } from './turns.ts';

export class Scratch {
  readonly #space: Space;
  readonly #turns: Turns;
  readonly #threads: number;
  #bytes = -1;
  #block: { readonly address: number; readonly size: number } | null = null;

  constructor(space: Space, turns: Turns, threads: number) {
    this.#space = space;
    this.#turns = turns;
    this.#threads = threads;
    this.reserve(0);
  }

  /**
   * Gives every thread at least that size, from the next list on. Throws when there is no memory left.
   */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    const stride = SCRATCH_HEADER + Math.ceil(bytes / 64) * 64 + 256;
    const size = stride * this.#threads;
    const address = this.#space.allocate(size);
    const before = this.#block;
    this.#block = { address, size };
    this.#bytes = bytes;
    this.#turns.take(() => {
      if (before) this.#space.release(before.address, before.size);
      for (let thread = 0; thread < this.#threads; thread++) {
        const own = THREADS + thread * THREAD_SIZE;
        this.#space.words[(own + THREAD_SCRATCH) >> 2] = address + thread * stride + SCRATCH_HEADER;
      }
    });
  }
}
