import type { Kernel, KernelPlan, Layout } from '@glassbox/wgsl-kernels';
import type { BufferView, Device, Dispatch, RecordedList } from '../device/device.ts';
import { BufferPool } from './pool.ts';
import { type HostArray, Storage } from './storage.ts';

interface Operation {
  readonly kernel: Kernel;
  readonly operands: readonly Storage[];
}

/** What one `step` or `record` made and what must happen again at each replay. */
interface Scope {
  readonly storages: Storage[];
  readonly inputs: { readonly storage: Storage; readonly compute: () => HostArray }[];
  readonly hooks: (() => void)[];
  readonly recording: boolean;
}

/** A training or evaluation step that was run once and can be repeated without any of the host's work. */
export interface Recording<T> {
  /** What the recorded function returned. Its tensors are overwritten by each replay. */
  readonly result: T;
  /** Dispatches in the step. */
  readonly dispatches: number;
  /** Repeats the step with fresh step inputs (rows, rates, random counters). */
  replay(): void;
  /** Frees the recording's memory. */
  dispose(): void;
}

/**
 * Sits between tensors and a device. Ops add kernels to a pending list; the list is submitted as a whole when a
 * value is read, when a step ends, or when it has grown long.
 */
export class Runtime {
  readonly device: Device;
  readonly #pool: BufferPool;
  readonly #kernels = new Map<string, unknown>();
  #pending: Operation[] = [];
  #scope: Scope | undefined;
  /** Frees storages whose tensors were garbage-collected outside of any step. */
  readonly #collected = new FinalizationRegistry<Storage>((storage) => {
    if (--storage.tensors === 0) this.release(storage);
  });

  constructor(device: Device) {
    this.device = device;
    this.#pool = new BufferPool(device);
  }

  /** Builds a kernel, or several that belong together, once per key: making WGSL text costs more than dispatching it. */
  kernel<K>(key: string, build: () => K): K {
    let kernel = this.#kernels.get(key) as K | undefined;
    if (!kernel) {
      kernel = build();
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Memory for a layout, zero tail included; it lives as long as the step that makes it. */
  allocate(layout: Layout, tailWords = 0): Storage {
    const storage = new Storage(layout.size, tailWords);
    this.#scope?.storages.push(storage);
    return storage;
  }

  /** Memory for plain words. Whoever takes it releases it once its last kernel is in the list. */
  scratch(words: number): Storage {
    const storage = new Storage(Math.max(4, Math.ceil(words / 4) * 4));
    this.#scope?.storages.push(storage);
    return storage;
  }

  /** The storage is freed when the garbage collector has found all tensors that share it. */
  watch(tensor: object, storage: Storage): void {
    if (storage.pinned) return;
    storage.tensors++;
    this.#collected.register(tensor, storage);
  }

  /** Adds a kernel to the pending list. Operands in the order of its bindings. */
  run(kernel: Kernel, operands: readonly Storage[]): void {
    for (const storage of operands) {
      if (storage.dead) {
        throw new Error(
          `${kernel.name}: an operand belongs to a step that has ended; return it from step() to keep it`,
        );
      }
      storage.pendingUses++;
    }
    this.#pending.push({ kernel, operands });
    if (this.#pending.length >= 512 && !this.#scope?.recording) this.flush();
  }

  /** Runs the kernels of a plan. `storages` names every buffer of its bindings that is not scratch. */
  runPlan({ kernels, scratch }: KernelPlan, storages: Readonly<Record<string, Storage>>): void {
    const all: Record<string, Storage> = { ...storages };
    for (const [name, words] of Object.entries(scratch)) all[name] = this.scratch(words);
    for (const kernel of kernels)
      this.run(
        kernel,
        kernel.bindings.map(({ name }) => all[name]),
      );
    for (const name of Object.keys(scratch)) this.release(all[name]);
  }

  /**
   * Fills a storage with data that may differ at each replay of a recorded step.
   * `compute` is called now, and once before each replay.
   */
  stepInput(storage: Storage, compute: () => HostArray): void {
    storage.upload = compute();
    if (this.#scope?.recording) this.#scope.inputs.push({ storage, compute });
  }

  /** Runs host work now, and once at each replay if a step is being recorded. */
  eachStep(hook: () => void): void {
    hook();
    if (this.#scope?.recording) this.#scope.hooks.push(hook);
  }

  /** Overwrites a storage from the host, after everything that was dispatched so far. */
  write(storage: Storage, data: HostArray): void {
    if (!storage.buffer) {
      storage.upload = data;
      if (storage.pendingUses === 0) return;
    }
    if (storage.pendingUses > 0) {
      if (this.recording)
        throw new Error('write() inside of record(): use stepInput() for what changes at each replay');
      this.flush();
    }
    this.device.write(storage.buffer!, storage.offset, data);
  }

  /** Submits the pending list and resolves with a storage's words as bytes. */
  async read(storage: Storage): Promise<ArrayBuffer> {
    if (storage.dead)
      throw new Error('This tensor belongs to a step that has ended; return it from step() to keep it.');
    this.flush();
    if (!storage.buffer) this.#place(storage, 'tensor');
    return this.device.read(storage.buffer!, storage.offset, storage.words * 4);
  }

  /**
   * Runs `body` and frees every tensor it made, except what it returns (a tensor, or an array or object of tensors).
   * One submit for all of it. Steps do not nest: an inner step is part of the outer one.
   */
  step<T>(body: () => T): T {
    if (this.#scope) return body();
    this.flush();
    const scope: Scope = { storages: [], inputs: [], hooks: [], recording: false };
    const result = this.#within(scope, body);
    const kept = storagesOf(result);
    for (const storage of scope.storages) if (!kept.has(storage) && !storage.claimed) this.#kill(storage);
    this.flush();
    return result;
  }

  /** Runs a step once and keeps its list of dispatches for `replay()`. */
  record<T>(body: () => T): Recording<T> {
    if (this.#scope) throw new Error('record() inside of a step: record the outermost step instead');
    this.flush();
    const scope: Scope = { storages: [], inputs: [], hooks: [], recording: true };
    const result = this.#within(scope, body);
    const kept = storagesOf(result);
    // Inputs stay where they are: they are written before each replay.
    const inputs = new Set(scope.inputs.map(({ storage }) => storage));
    for (const storage of scope.storages) {
      if (!kept.has(storage) && !inputs.has(storage) && !storage.upload && !storage.claimed)
        this.#kill(storage);
    }
    const owned: { storage: Storage; buffer: BufferView['buffer'] }[] = [];
    const list = this.#plan((storage, buffer) => owned.push({ storage, buffer }));
    let recorded: RecordedList | undefined = this.device.record(list);
    this.device.submit(recorded);
    const own = new Set(owned.map(({ buffer }) => buffer));
    for (const storage of scope.storages)
      if (storage.buffer && own.has(storage.buffer)) storage.pinned = true;
    return {
      result,
      dispatches: list.length,
      replay: () => {
        if (!recorded) throw new Error('This recording was disposed of; record the step again.');
        this.flush();
        for (const hook of scope.hooks) hook();
        for (const { storage, compute } of scope.inputs) {
          this.device.write(storage.buffer!, storage.offset, compute());
        }
        this.device.submit(recorded);
      },
      dispose: () => {
        if (!recorded) return;
        recorded.destroy();
        recorded = undefined;
        const seen = new Set<unknown>();
        for (const { storage, buffer } of owned) {
          if (!seen.has(buffer)) this.#pool.give(storage, buffer);
          seen.add(buffer);
        }
        for (const storage of scope.storages) if (storage.pinned) storage.dead = true;
      },
    };
  }

  /** True while a step is being recorded. */
  get recording(): boolean {
    return this.#scope?.recording ?? false;
  }

  /** Submits what is pending. */
  flush(): void {
    if (this.#pending.length > 0) this.device.submit(this.#plan());
  }

  /** Frees a storage that nobody will read. */
  release(storage: Storage): void {
    this.#kill(storage);
  }

  /** Gives idle memory back to the device. */
  trim(): void {
    this.#pool.trim();
  }

  async destroy(): Promise<void> {
    this.#pending = [];
    await this.device.destroy();
  }

  #within<T>(scope: Scope, body: () => T): T {
    this.#scope = scope;
    try {
      const result = body();
      if (result instanceof Promise) {
        throw new TypeError('step() and record() take a synchronous function; read values after the step');
      }
      return result;
    } catch (error) {
      // The step failed half-way: nothing of it may run or stay allocated.
      for (const { operands } of this.#pending) for (const storage of operands) storage.pendingUses = 0;
      this.#pending = [];
      for (const storage of scope.storages) this.#kill(storage);
      throw error;
    } finally {
      this.#scope = undefined;
    }
  }

  #kill(storage: Storage): void {
    if (storage.dead) return;
    storage.dead = true;
    if (storage.pendingUses === 0) this.#recycle(storage);
  }

  #recycle(storage: Storage, pool = this.#pool): void {
    if (storage.buffer && !storage.pinned) pool.give(storage, storage.buffer);
    storage.buffer = undefined;
    storage.upload = undefined;
  }

  /** Gives a storage its buffer and its first data. */
  #place(storage: Storage, label: string, pool = this.#pool): void {
    storage.buffer = pool.take(storage, label);
    if (storage.upload) {
      this.device.write(storage.buffer, 0, storage.upload);
      storage.upload = undefined;
    }
  }

  /**
   * Turns the pending list into dispatches over buffers. A storage gets its buffer at its first use; a dead one
   * hands it on after its last. `allocated` hears of each buffer taken, which then stays out of the pool.
   */
  #plan(allocated?: (storage: Storage, buffer: BufferView['buffer']) => void): Dispatch[] {
    const operations = this.#pending;
    this.#pending = [];
    const pool = allocated ? new BufferPool(this.device) : this.#pool;
    const place = (storage: Storage, label: string) => {
      this.#place(storage, label, pool);
      allocated?.(storage, storage.buffer!);
    };
    // Uploads happen now, before any of these kernels runs: their buffers must not be ones that take turns below.
    for (const { kernel, operands } of operations) {
      for (const storage of operands) if (!storage.buffer && storage.upload) place(storage, kernel.name);
    }
    return operations.map(({ kernel, operands }) => {
      for (const storage of operands) if (!storage.buffer) place(storage, kernel.name);
      const views = operands.map((storage) => ({
        buffer: storage.buffer!,
        offset: storage.offset,
        size: storage.bytes,
      }));
      for (const storage of operands) {
        if (--storage.pendingUses === 0 && storage.dead) this.#recycle(storage, pool);
      }
      return { kernel: this.device.prepare(kernel), views };
    });
  }
}

/** The storages of every tensor in a result: a tensor, or arrays and objects of tensors. */
function storagesOf(value: unknown, found = new Set<Storage>()): Set<Storage> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return found;
  const { storage } = value as { storage?: unknown };
  if (storage instanceof Storage) found.add(storage);
  else for (const member of Object.values(value)) storagesOf(member, found);
  return found;
}
