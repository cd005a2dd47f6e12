import type { DeviceBuffer, RecordedList } from '../device/device.ts';
import type { BufferPool } from './pool.ts';
import type { Storage } from './storage.ts';

/**
 * What a recording holds on the device. It refers neither to the recording nor to its results nor to its inputs'
 * functions, so that it can outlive them and free what they leave.
 */
export class RecordedMemory {
  readonly #pool: BufferPool;
  readonly #own: Set<DeviceBuffer>;
  readonly #outside: readonly Storage[];
  readonly #release: (storage: Storage) => void;
  #list: RecordedList | undefined;

  /**
   * @param held.own buffers that only the recorded list uses
   * @param held.outside storages that were there before the step: they must not be freed before it
   */
  constructor(held: {
    readonly list: RecordedList;
    readonly pool: BufferPool;
    readonly own: Set<DeviceBuffer>;
    readonly outside: readonly Storage[];
    readonly release: (storage: Storage) => void;
  }) {
    this.#list = held.list;
    this.#pool = held.pool;
    this.#own = held.own;
    this.#outside = held.outside;
    this.#release = held.release;
    for (const storage of this.#outside) storage.recordings++;
  }

  /** What to submit at each replay. @throws Error after `dispose`. */
  get list(): RecordedList {
    if (!this.#list) throw new Error('This recording was disposed of; record the step again.');
    return this.#list;
  }

  /** @param lent storages that lie in the recording's memory. */
  dispose(lent: Iterable<Storage> = []): void {
    if (!this.#list) return;
    this.#list.destroy();
    this.#list = undefined;
    for (const storage of lent) this.#handOver(storage);
    for (const buffer of this.#own) this.#pool.give(buffer);
    for (const storage of this.#outside) {
      if (--storage.recordings === 0 && storage.forgotten) this.#release(storage);
    }
  }

  /**
   * Another recording reads it: from now on it belongs to nobody and lives as long as that one or a tensor needs it.
   */
  #handOver(storage: Storage): void {
    if (storage.recordings === 0 || !storage.buffer || !this.#own.delete(storage.buffer)) return;
    storage.pinned = false;
    storage.owner = undefined;
  }
}
