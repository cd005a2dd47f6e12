import { type Kernel, relayout, rowMajor } from '@glassbox/wgsl-kernels';
import type { BufferView, Device, DeviceBuffer, Dispatch } from '../device/device.ts';
import { BufferPool } from './pool.ts';
import { RecordedMemory } from './recording.ts';
import { Storage } from './storage.ts';

/** A kernel that was asked for. */
export interface Operation {
  readonly kernel: Kernel;
  readonly operands: readonly Storage[];
}

/** A list that is being recorded: which storages are its own, where their buffers come from, and what else it uses. */
interface Recorded {
  readonly storages: ReadonlySet<Storage>;
  readonly pool: BufferPool;
  readonly own: Set<DeviceBuffer>;
  readonly outside: Set<Storage>;
}

/** So many kernels are submitted at once, and outside of steps the list grows no longer. */
export const longestList = 512;

/** Kernels that were asked for and not submitted yet, and the buffers that storages get when they are. */
export class PendingList {
  readonly #device: Device;
  readonly #pool: BufferPool;
  #operations: Operation[] = [];

  constructor(device: Device) {
    this.#device = device;
    this.#pool = new BufferPool(device);
  }

  get length(): number {
    return this.#operations.length;
  }

  add(kernel: Kernel, operands: readonly Storage[]): void {
    for (const storage of operands) storage.pendingUses++;
    this.#operations.push({ kernel, operands });
  }

  /** What was asked for, in order. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Submits everything. */
  submit(): void {
    const dispatches = this.#plan();
    for (let first = 0; first < dispatches.length; first += longestList) {
      this.#device.submit(dispatches.slice(first, first + longestList));
    }
  }

  /**
   * Submits everything and keeps the list for replays, with buffers that nobody else gets meanwhile.
   * @param storages what the recorded step made.
   */
  record(storages: ReadonlySet<Storage>): RecordedMemory {
    const recorded: Recorded = {
      storages,
      pool: new BufferPool(this.#device, this.#pool),
      own: new Set(),
      outside: new Set(),
    };
    try {
      const list = this.#device.record(this.#plan(recorded));
      this.#device.submit(list);
      const release = (storage: Storage) => this.release(storage);
      const { own, outside } = recorded;
      return new RecordedMemory({ list, pool: this.#pool, own, outside: [...outside], release });
    } catch (error) {
      for (const buffer of recorded.own) this.#pool.give(buffer);
      for (const storage of storages) {
        storage.dead = true;
        storage.buffer = undefined;
      }
      throw error;
    }
  }

  /** Forgets the list. What its kernels should have computed is then lost. */
  abandon(): void {
    const operations = this.#operations;
    this.#operations = [];
    this.#abandon(operations, new Set());
  }

  /** Forgets a list that need not run: what it should compute is there already. */
  drop(): void {
    for (const { operands } of this.#operations) for (const storage of operands) storage.pendingUses--;
    this.#operations = [];
  }

  /** Frees a storage that nobody will read, after the pending kernels that use it. */
  release(storage: Storage): void {
    if (storage.dead) return;
    storage.dead = true;
    if (storage.pendingUses === 0) this.#recycle(storage, this.#pool);
  }

  /** Gives a storage its buffer and its first data. @param planned kernels that are not submitted yet */
  place(storage: Storage, label: string, pool = this.#pool, planned: readonly Dispatch[] = []): DeviceBuffer {
    const buffer = this.withRoom(() => pool.place(storage, label), planned);
    if (storage.upload) {
      this.#device.write(buffer, storage.offset, storage.upload);
      storage.upload = undefined;
    }
    return buffer;
  }

  /**
   * Where the device is out of memory, idle memory goes back to it and `take` has another try. Memory that kernels use
   * which are not submitted yet is not idle.
   */
  withRoom<T>(take: () => T, planned: readonly Dispatch[] = []): T {
    try {
      return take();
    } catch (error) {
      const used = new Set(planned.flatMap(({ views }) => views.map(({ buffer }) => buffer)));
      if (!this.#pool.trim(used)) throw error;
      return take();
    }
  }

  /** Gives idle memory back to the device. */
  trim(): void {
    this.#pool.trim();
  }

  #recycle(storage: Storage, pool: BufferPool): void {
    if (storage.buffer && !storage.pinned) pool.give(storage.buffer);
    storage.buffer = undefined;
    storage.upload = undefined;
  }

  /**
   * Turns the list into dispatches over buffers. A storage gets its buffer at its first use; a dead one hands it on
   * after its last. In a list that is recorded, the step's own storages take turns among themselves only, and memory
   * from outside of the step stays what it is.
   */
  #plan(recorded?: Recorded): Dispatch[] {
    const operations = this.#operations;
    this.#operations = [];
    const fresh = new Set<Storage>();
    const copies = new Set<Storage>();
    const planned: Dispatch[] = [];
    const isOwn = (storage: Storage) =>
      recorded !== undefined && (recorded.storages.has(storage) || copies.has(storage));
    const poolOf = (storage: Storage) => (recorded && isOwn(storage) ? recorded.pool : this.#pool);
    const place = (storage: Storage, label: string) => {
      if (!storage.upload) fresh.add(storage);
      const buffer = this.place(storage, label, poolOf(storage), planned);
      if (isOwn(storage)) recorded?.own.add(buffer);
    };
    try {
      const kernels = operations.map(({ kernel }) => this.#device.prepare(kernel));
      // Uploads happen now, before any of these kernels runs: their buffers must not be ones that take turns below.
      for (const { kernel, operands } of operations) {
        for (const storage of operands) if (!storage.buffer && storage.upload) place(storage, kernel.name);
      }
      for (const [index, { kernel, operands }] of operations.entries()) {
        for (const storage of operands) {
          if (!storage.buffer) place(storage, kernel.name);
          if (!isOwn(storage) || storage.pinned) recorded?.outside.add(storage);
        }
        const views = operands.map(viewOf);
        const before = this.#apart(kernel, operands, views, (copy) => {
          copies.add(copy);
          place(copy, 'copy');
        });
        for (const storage of operands) {
          if (--storage.pendingUses > 0 || !storage.dead) continue;
          if (recorded && !isOwn(storage)) keepForReplays(storage, recorded.own);
          else this.#recycle(storage, poolOf(storage));
        }
        for (const { copy } of before) this.#recycle(copy, poolOf(copy));
        planned.push(...before.map(({ dispatch }) => dispatch), { kernel: kernels[index], views });
      }
      return planned;
    } catch (error) {
      if (recorded) for (const storage of recorded.storages) storage.buffer = undefined;
      this.#abandon(operations, fresh);
      throw error;
    }
  }

  /**
   * A kernel may not read from a buffer that it writes to (a rule of WebGPU), as one would that computes a gradient
   * in an arena from another gradient in it. Such operands are copied before; `views` then has the copies.
   */
  #apart(
    { bindings }: Kernel,
    operands: readonly Storage[],
    views: BufferView[],
    place: (copy: Storage) => void,
  ): { readonly copy: Storage; readonly dispatch: Dispatch }[] {
    const written = new Set(
      views.filter((_, index) => bindings[index].access !== 'read').map((v) => v.buffer),
    );
    return operands.flatMap((storage, index) => {
      if (bindings[index].access !== 'read' || !written.has(views[index].buffer)) return [];
      const copy = new Storage(storage.layout ?? storage.words);
      place(copy);
      const words = rowMajor([storage.words]);
      const kernel = this.#device.prepare(relayout(words, words, undefined, this.#device.machine));
      const dispatch = { kernel, views: [views[index], viewOf(copy)] };
      views[index] = viewOf(copy);
      return [{ copy, dispatch }];
    });
  }

  /** @param fresh storages that have a buffer but nothing in it yet. */
  #abandon(operations: readonly Operation[], fresh: ReadonlySet<Storage>): void {
    for (const { operands } of operations) {
      for (const storage of operands) {
        storage.pendingUses = 0;
        const empty = !storage.buffer && !storage.upload;
        if (storage.dead) this.#recycle(storage, this.#pool);
        else if (empty || fresh.has(storage)) this.release(storage);
      }
    }
  }
}

function viewOf(storage: Storage): BufferView {
  return { buffer: storage.buffer!, offset: storage.offset, size: storage.bytes };
}

/** Memory from outside of a recorded step that was released inside of it: replays still use its buffer. */
function keepForReplays(storage: Storage, own: Set<DeviceBuffer>): void {
  if (storage.buffer && !storage.pinned) own.add(storage.buffer);
  storage.buffer = undefined;
}
