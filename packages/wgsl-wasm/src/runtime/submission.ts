/** How lists of dispatches get into the memory: at once, in their turn, or recorded to be submitted often. */
import type { Kernel } from './kernel.ts';
import { THREAD_SCRATCH, THREADS } from './layout.ts';
import { listBytes, writeList } from './lists.ts';
import { prepareList, Recorded, requireBuffers } from './prepare-list.ts';
import type { RaceDetector } from './race-detector.ts';
import type { Space } from './space.ts';
import type { Turns } from './turns.ts';
import type { RuntimeDispatch } from './types.ts';

/** Whether a kernel of the list waits for parts of the compiler. */
const isLate = (list: readonly RuntimeDispatch[]): boolean =>
  list.some(({ kernel }) => (kernel as Kernel).isLate);

export class Submission {
  readonly #space: Space;
  readonly #turns: Turns;
  readonly #detector: RaceDetector | null;
  readonly #start: (address: number) => void;
  readonly #onRace: (message: string) => void;
  /** Memory for lists that are submitted without being recorded. */
  #address = 0;
  #capacity = 0;

  constructor(
    space: Space,
    turns: Turns,
    detector: RaceDetector | null,
    { start, onRace }: { start(address: number): void; onRace(message: string): void },
  ) {
    this.#space = space;
    this.#turns = turns;
    this.#detector = detector;
    this.#start = start;
    this.#onRace = onRace;
  }

  /** Runs dispatches in order. */
  submit(dispatches: readonly RuntimeDispatch[]): void {
    if (isLate(dispatches)) {
      requireBuffers(dispatches);
      const asked = [...dispatches];
      this.#turns.take(() => this.#submitLate(asked));
      return;
    }
    const prepared = prepareList(dispatches);
    if (prepared.length === 0) return;
    const detector = this.#detector;
    if (detector) {
      this.#submitWatched(detector, dispatches);
      return;
    }
    const address = this.#reserve(listBytes(prepared));
    this.#turns.take(() => {
      writeList(this.#space.words, address, prepared);
      this.#start(address);
    });
  }

  /** Each dispatch by itself, and what the detector says about it. */
  #submitWatched(detector: RaceDetector, list: readonly RuntimeDispatch[]): void {
    for (const dispatch of list) {
      const prepared = prepareList([dispatch]);
      if (prepared.length === 0) continue;
      const address = this.#reserve(listBytes(prepared));
      this.#turns.take(() => {
        writeList(this.#space.words, address, prepared);
        detector.begin();
        this.#start(address);
        const message = detector.end(dispatch, this.#space.words[(THREADS + THREAD_SCRATCH) >> 2] >>> 0);
        if (message !== null) this.#onRace(message);
      });
    }
  }

  /** A list whose kernels were late, in its turn. */
  #submitLate(list: readonly RuntimeDispatch[]): void {
    let address = 0;
    this.#turns.nowOrFail(() => {
      const prepared = prepareList(list, true);
      if (prepared.length === 0) return;
      address = this.#reserve(listBytes(prepared));
      writeList(this.#space.words, address, prepared);
    });
    if (address > 0) this.#start(address);
  }

  /**
   * Memory for a list of so many bytes that waits for those before it. Throws, here and not in the queue, when there
   * is none left.
   */
  #reserve(bytes: number): number {
    if (bytes > this.#capacity) {
      const [before, size] = [this.#address, this.#capacity];
      this.#address = this.#space.allocate(2 * bytes);
      this.#capacity = 2 * bytes;
      if (before) this.#turns.take(() => this.#space.release(before, size));
    }
    return this.#address;
  }

  /** Encodes a list once. */
  record(list: readonly RuntimeDispatch[]): Recorded {
    const buffers = new Set(list.flatMap((dispatch) => dispatch.buffers.map((binding) => binding.buffer)));
    let address = 0;
    let bytes = 0;
    const late = isLate(list);
    const asked = late ? [...list] : list;
    const place = () => {
      const prepared = prepareList(asked, late);
      bytes = Math.max(listBytes(prepared), 4);
      address = this.#space.allocate(bytes);
      writeList(this.#space.words, address, prepared);
    };
    const start = () => {
      if (address > 0) this.#start(address);
      else this.#turns.nowOrFail(place);
    };
    if (this.#detector) prepareList(list);
    else if (late) {
      requireBuffers(list);
      this.#turns.take(() => this.#turns.nowOrFail(place));
    } else place();
    const length = list.filter(({ workgroups: [x, y, z] }) => x * y * z > 0).length;
    const recorded = new Recorded(length, buffers, start, () =>
      this.#turns.take(() => {
        if (address > 0) this.#space.release(address, bytes);
      }),
    );
    if (this.#detector) recorded.dispatches = [...list];
    return recorded;
  }
}
