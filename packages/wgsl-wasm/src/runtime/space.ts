/** The memory of a runtime: one WebAssembly memory, its views, and the pool of buffers inside. */
import { MAXIMUM_PAGES } from '../encode/module.ts';
import { POOL_START } from './layout.ts';
import { Pool } from './pool.ts';

const PAGE = 65536;
const ALIGNMENT = 64;
/** Unused bytes after every range: kernels may read up to a vector beyond the end of a buffer. */
const GAP = 256;

const align = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export class Space {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  private readonly pool: Pool; // not #private: a test looks how far it reaches
  #bytesView!: Uint8Array;
  #wordsView!: Int32Array;
  readonly #finish: () => void;

  /** @param finish does all that waits, so that ranges are free which waited for it. */
  constructor(shared: boolean, finish: () => void) {
    this.shared = shared;
    this.#finish = finish;
    this.memory = new WebAssembly.Memory({ initial: POOL_START / PAGE + 16, maximum: MAXIMUM_PAGES, shared });
    this.pool = new Pool(POOL_START, (end) => this.#ensure(end));
  }

  #ensure(end: number): void {
    const current = this.memory.buffer.byteLength;
    if (end <= current) return;
    // An eighth more than needed, so that many small buffers do not grow it one page at a time.
    const needed = Math.ceil((end - current) / PAGE);
    const generous = Math.max(needed, Math.floor(current / PAGE / 8));
    for (const pages of [generous, needed]) {
      try {
        this.memory.grow(pages);
        return;
      } catch {
        // Too much, or too much at once.
      }
    }
    throw new RangeError(this.#describeFull(end, current));
  }

  #describeFull(end: number, current: number): string {
    const size = (bytes: number) => `${bytes} bytes (${(bytes / 2 ** 30).toFixed(2)} GiB)`;
    const { freeBytes, largestFree } = this.pool;
    const free = `${size(freeBytes)} of it are free, ${largestFree} in one piece`;
    const full = MAXIMUM_PAGES * PAGE;
    const reason =
      end > full
        ? `the memory of the runtime would have to be ${size(end)}, and ends at ${size(full)}, as far as addresses of 32 bits reach`
        : `the memory of the runtime has ${size(current)}, and the system does not let it grow to ${size(end)}`;
    return `out of memory: ${reason}; ${free}; destroy buffers that are not needed, or use smaller batches or models`;
  }

  /** The memory as bytes; not to be kept, for growing replaces it. */
  get bytes(): Uint8Array {
    if (this.#bytesView?.buffer !== this.memory.buffer) this.#bytesView = new Uint8Array(this.memory.buffer);
    return this.#bytesView;
  }

  /** The memory as 32-bit words; not to be kept. */
  get words(): Int32Array {
    if (this.#wordsView?.buffer !== this.memory.buffer) this.#wordsView = new Int32Array(this.memory.buffer);
    return this.#wordsView;
  }

  /** The address of `bytes` bytes of zeros, 64-byte aligned. @throws RangeError if there is no memory left. */
  allocate(bytes: number): number {
    try {
      return this.#allocate(bytes);
    } catch {
      this.#finish();
      return this.#allocate(bytes);
    }
  }

  #allocate(bytes: number): number {
    const size = align(bytes) + GAP;
    const fresh = this.pool.highest;
    const start = this.pool.allocate(size);
    // Memory that was never handed out is still zero.
    const used = Math.min(start + size, fresh);
    if (used > start) this.bytes.fill(0, start, used);
    return start;
  }

  /** Gives back what `allocate` gave for the same number of bytes. */
  release(start: number, bytes: number): void {
    this.pool.release(start, align(bytes) + GAP);
  }
}
