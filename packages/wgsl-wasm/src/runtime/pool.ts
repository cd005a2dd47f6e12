/**
 * Hands out ranges of one address space: the smallest free range that fits, joined again with its neighbours when
 * freed.
 */

interface Range {
  start: number;
  size: number;
}

export class Pool {
  /** Free ranges by address; none touches another. */
  readonly #free: Range[] = [];
  #end: number;
  readonly #grow: (end: number) => void;

  /**
   * Addresses from `start` on. `grow` is called before ranges beyond the end so far are handed out; it throws when
   * there is no more.
   */
  constructor(start: number, grow: (end: number) => void) {
    this.#end = start;
    this.#grow = grow;
  }

  /** The address after the last range ever handed out: beyond it, nothing was written. */
  get highest(): number {
    return this.#end;
  }

  /** A range of `size` bytes, which must be a multiple of the alignment wanted. */
  allocate(size: number): number {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      if (this.#free[i].size >= size && (best < 0 || this.#free[i].size < this.#free[best].size)) best = i;
    }
    if (best >= 0) {
      const range = this.#free[best];
      const { start } = range;
      range.start += size;
      range.size -= size;
      if (range.size === 0) this.#free.splice(best, 1);
      return start;
    }
    // A free range at the very end is used first, then new memory.
    const last = this.#free.at(-1);
    const start = last && last.start + last.size === this.#end ? last.start : this.#end;
    this.#grow(start + size);
    if (start !== this.#end) this.#free.pop();
    this.#end = start + size;
    return start;
  }

  release(start: number, size: number): void {
    let i = 0;
    while (i < this.#free.length && this.#free[i].start < start) i++;
    this.#free.splice(i, 0, { start, size });
    for (const at of [i, i - 1]) {
      const left = this.#free[at];
      const right = this.#free[at + 1];
      if (left && right && left.start + left.size === right.start) {
        left.size += right.size;
        this.#free.splice(at + 1, 1);
      }
    }
  }

  /** Bytes in the largest free range. */
  get largestFree(): number {
    return this.#free.reduce((largest, range) => Math.max(largest, range.size), 0);
  }

  /** Bytes in free ranges. */
  get freeBytes(): number {
    return this.#free.reduce((sum, range) => sum + range.size, 0);
  }
}
