import type { Device, RecordedList } from '../device/device.ts';
import type { Faults } from './faults.ts';
import { GradientUses } from './gradient-uses.ts';
import type { PendingList } from './pending.ts';
import type { RecordedMemory } from './recording.ts';
import { newScope, type Scope } from './scope.ts';
import { type BufferOwner, type HostArray, isLive, type Storage } from './storage.ts';
import { inputsOf, type Trace, traceOf } from './trace.ts';

/** What a step's function made and asked for, none of which has run. */
export interface Traced<T> {
  readonly result: T;
  readonly trace: Trace;
  readonly storages: ReadonlySet<Storage>;
  readonly gradients: GradientUses;
}

/** A traced step that has run and holds its memory. */
export interface Kept {
  readonly memory: RecordedMemory;
  readonly owner: BufferOwner;
}

/** What recording needs of a runtime. */
export interface RecordingRuntime {
  readonly device: Device;
  readonly pending: PendingList;
  readonly faults: Faults;
  /** Submits what is pending. */
  flush(): void;
  /** Calls `body` with what it makes in the scope. */
  within<T>(scope: Scope, body: () => T): T;
  /** Forgets what is pending, and everything that a step has made. */
  abandon(storages: ReadonlySet<Storage>): void;
}

/** Traces steps, and keeps what they asked for to be submitted again: what a recorded step does with its runtime. */
export class Recorder {
  readonly #runtime: RecordingRuntime;
  /** Recorded lists with kernels that may note faults. */
  readonly #noting = new WeakSet<RecordedList>();
  /** Frees what recordings hold that nobody can replay any more. */
  readonly #forgotten = new FinalizationRegistry<RecordedMemory>((memory) => memory.dispose());

  constructor(runtime: RecordingRuntime) {
    this.#runtime = runtime;
  }

  /** Submits what is pending. */
  flush(): void {
    this.#runtime.flush();
  }

  /** Runs a recorded list. */
  submit(list: RecordedList): void {
    const { device, faults } = this.#runtime;
    device.submit(list);
    if (this.#noting.has(list)) faults.queued();
  }

  /** Gives an input its numbers. */
  fill(storage: Storage, data: HostArray): void {
    this.#runtime.device.write(storage.buffer!, storage.offset, data);
  }

  /** Calls a step's function and collects what it asks for. */
  trace<T>(body: () => T): Traced<T> {
    const { pending } = this.#runtime;
    const gradients = new GradientUses();
    const scope = newScope(gradients);
    const result = this.#runtime.within(scope, body);
    const trace = traceOf(pending.operations, scope, result);
    return { result, storages: scope.storages, trace, gradients };
  }

  /** Runs what was traced, and keeps it. */
  keep({ storages, trace, gradients }: Traced<unknown>): Kept {
    const { pending, faults } = this.#runtime;
    // Inputs stay where they are: they are written before each replay.
    const kept = new Set([...trace.results, ...inputsOf(trace.hostWork).map(({ storage }) => storage)]);
    for (const storage of storages) {
      if (!kept.has(storage) && !storage.upload && !storage.claimed) pending.release(storage);
    }
    const memory = pending.record(storages);
    if (trace.asked.some(({ operands }) => faults.among(operands))) this.#noting.add(memory.list);
    // Whoever holds the recording or one of its tensors holds its memory.
    const owner: BufferOwner = { gone: false };
    for (const storage of storages) if (storage.buffer && !storage.pinned) lend(storage, owner);
    this.#forgotten.register(owner, memory);
    gradients.end();
    return { memory, owner };
  }

  /** Forgets what was traced: a recorded step does the same. Its memory becomes that of its twin in the recording. */
  merge({ storages }: Traced<unknown>, twins: ReadonlyMap<Storage, Storage>, owner: BufferOwner): void {
    const { pending } = this.#runtime;
    pending.drop();
    for (const storage of storages) {
      if (storage.pinned) continue; // it has its place in an arena
      const twin = twins.get(storage);
      if (twin?.buffer && isLive(twin)) {
        storage.buffer = twin.buffer;
        storage.offset = twin.offset;
        storage.upload = undefined;
        lend(storage, owner);
      } else if (!twin || !isLive(twin)) pending.release(storage);
    }
  }

  /** Forgets what was traced. */
  abandon({ storages }: Traced<unknown>): void {
    this.#runtime.abandon(storages);
  }
}

function lend(storage: Storage, owner: BufferOwner): void {
  storage.pinned = true;
  storage.owner = owner;
}
