import { type Recording, type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core';

/**
 * Runs the same work on batch after batch. Most batches are full, the last may be smaller: the first batch of a size
 * runs as it is, the second is recorded, all others replay the recording; only the row numbers change.
 */
export class RecordedBatches<T extends Tensor | undefined> {
  readonly #runtime: Runtime;
  readonly #work: (rows: Tensor) => T;
  readonly #recordings = new Map<number, Recording<T>>();
  /** What the first batch of each size gave. */
  readonly #first = new Map<number, T>();
  #rows: Uint32Array = new Uint32Array(0);

  /** @param work what to do with a batch's row numbers, a u32 tensor [B]. */
  constructor(runtime: Runtime, work: (rows: Tensor) => T) {
    this.#runtime = runtime;
    this.#work = work;
  }

  /**
   * Runs one batch.
   * @returns the work's result; its tensors hold the batch's values until the next batch of the same size.
   */
  run(rows: Uint32Array): T {
    this.#rows = rows;
    const known = this.#recordings.get(rows.length);
    if (known) {
      known.replay();
      return known.result;
    }
    const step = () => this.#work(stepInput(this.#runtime, [rows.length], 'u32', () => this.#rows));
    if (!this.#first.has(rows.length)) {
      // Recording a batch that comes only once would not pay; and memory that outlives the recording (data,
      // weights) has found its place when it begins.
      const result = this.#runtime.step(step);
      this.#first.set(rows.length, result);
      return result;
    }
    const recording = this.#runtime.record(step);
    this.#recordings.set(rows.length, recording);
    return recording.result;
  }

  /** Forgets what was recorded, results included: at the end, or when the work would be done differently now. */
  dispose(): void {
    for (const recording of this.#recordings.values()) recording.dispose();
    this.#recordings.clear();
    for (const result of this.#first.values()) if (result) this.#runtime.release(result.storage);
    this.#first.clear();
    // What the recordings held fits only work of exactly the same sizes: it goes back to the device.
    this.#runtime.flush();
    this.#runtime.trim();
  }
}

/** Cuts row numbers into batches; the last may be smaller. */
export function* batches(rows: Uint32Array, batchSize: number): Generator<Uint32Array> {
  for (let start = 0; start < rows.length; start += batchSize) yield rows.subarray(start, start + batchSize);
}

/** @throws RangeError unless it is a whole number above 0. */
export function checkBatchSize(name: string, batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`${name}: must be a whole number above 0, not ${batchSize}`);
  }
}
