import { anything, checkOptions, flag, type OptionTable, positive } from '@glassbox/options';
import type { Kernel, Layout, Machine } from '@glassbox/wgsl-kernels';
import type { Device, DeviceBuffer } from '../device/device.ts';
import type { TileTable } from '../tiles/table.ts';
import { Faults, faultError } from './faults.ts';
import { GarbageWatch, type Watched } from './garbage.ts';
import type { GradientUses } from './gradient-uses.ts';
import { KernelCache } from './kernels.ts';
import type { Observer } from './observer.ts';
import { longestList, PendingList } from './pending.ts';
import { Recorder } from './recorder.ts';
import { newScope, type Scope } from './scope.ts';
import { type HostArray, requireLive, Storage } from './storage.ts';
import { tensorsOf } from './trace.ts';
import { ZeroCheck } from './zero-check.ts';

/** When memory is collected, which tiles kernels have, and what is checked. */
export interface RuntimeOptions {
  /**
   * Bytes on the device above which reads of values let the garbage collector look for forgotten tensors. Default 256
   * MiB.
   */
  readonly collectAbove?: number;
  /** Tiles that were measured on this device; kernels that it does not know get their default. */
  readonly tiles?: Pick<TileTable, 'tuned' | 'inUse'>;
  /**
   * Check before each kernel that padding and zero tail of every tensor that it reads are 0; the next read of a value
   * throws an error that names kernel and operand if they are not. Slow. Default false.
   */
  readonly debug?: boolean;
}

const optionNames: OptionTable<RuntimeOptions> = { collectAbove: positive, tiles: anything, debug: flag };

/**
 * Sits between tensors and a device. Ops add kernels to a pending list; the list is submitted as a whole when a
 * value is read, when a step ends, or outside of steps when it has grown long. (Within a step only the end shows how
 * long each tensor is needed.)
 */
export class Runtime {
  /** What runs the kernels. */
  readonly device: Device;
  /** What the device runs on, and the tiles that were measured on it: what kernels choose their form by. */
  readonly machine: Machine;
  /** Measured tiles; undefined if every kernel has its default one. */
  readonly tiles: RuntimeOptions['tiles'];
  /** Every kernel that was built for this runtime: see `launch`. */
  readonly kernels: KernelCache;
  readonly #pending: PendingList;
  readonly #garbage: GarbageWatch;
  readonly #faults: Faults;
  readonly #recorder: Recorder;
  readonly #zeros: ZeroCheck | undefined;
  #scope: Scope | undefined;
  #observer: Observer | undefined;

  constructor(device: Device, options: RuntimeOptions = {}) {
    checkOptions('Runtime', options, optionNames);
    const { collectAbove, tiles, debug = false } = options;
    this.device = device;
    this.tiles = tiles;
    this.machine = tiles?.tuned(device.machine) ?? device.machine;
    this.kernels = new KernelCache(this.machine);
    this.#pending = new PendingList(device);
    this.#garbage = new GarbageWatch(
      device,
      {
        // Nobody can use the storage any more: all of its tensors are gone.
        free: (storage) => {
          if (storage.recordings === 0 && !storage.pinned) this.release(storage);
        },
        trim: () => this.trim(),
      },
      collectAbove,
    );
    const zeros = debug ? new ZeroCheck(this) : undefined;
    this.#zeros = zeros;
    this.#faults = new Faults(device, (fault) =>
      zeros && fault.kind === 'notZero' ? zeros.error(fault) : faultError(fault),
    );
    this.#recorder = new Recorder({
      device,
      pending: this.#pending,
      faults: this.#faults,
      flush: () => this.flush(),
      within: (scope, body) => this.#within(scope, body),
      abandon: (storages) => this.#abandon(storages),
    });
  }

  /** Where kernels note data that they cannot use, such as a target that is no class: their operand `faults`. */
  get faults(): Storage {
    return this.#faults.storage;
  }

  /** Who is told now of what is asked of the device: see `observed`. */
  get observer(): Observer | undefined {
    return this.#observer;
  }

  /** Runs `body`, and tells the observer of each kernel that it launches. What it computes is computed as always. */
  observed<T>(observer: Observer, body: () => T): T {
    const before = this.#observer;
    this.#observer = observer;
    try {
      return body();
    } finally {
      this.#observer = before;
    }
  }

  /** Memory for a layout, zero tail included; it lives as long as the step that makes it. */
  allocate(layout: Layout): Storage {
    const storage = new Storage(layout);
    this.#scope?.storages.add(storage);
    return storage;
  }

  /** Memory of the device for whoever gives it back himself, such as an arena. */
  createBuffer(bytes: number, label: string): DeviceBuffer {
    return this.#pending.withRoom(() => this.device.createBuffer(bytes, label));
  }

  /** Memory for plain words. Whoever takes it releases it once its last kernel is in the list. */
  scratch(words: number): Storage {
    const storage = new Storage(Math.max(4, Math.ceil(words / 4) * 4));
    this.#scope?.storages.add(storage);
    return storage;
  }

  /** The storage is freed when the garbage collector has found all tensors that share it. */
  watch(tensor: object, storage: Storage): Watched | undefined {
    return storage.pinned ? undefined : this.#garbage.watch(tensor, storage, this.#scope !== undefined);
  }

  /** A tensor outlives the step that makes it: the garbage collector frees it. */
  outlives(tensor: Kept): void {
    if (tensor.watched) this.#garbage.outlives(tensor, tensor.watched);
  }

  /** Fills a new storage from the host; the data are not changed afterwards. */
  fill(storage: Storage, data: HostArray): void {
    storage.upload = data;
    if (this.#scope) storage.source = data;
  }

  /**
   * Lets a tensor that is made inside of a step outlive it, as long as the program refers to it:
   * `this.mask ??= runtime.keep(mul(a, b))` in a module's `forward`. Outside of a step every tensor does.
   * @returns the tensor
   */
  keep<T extends Kept>(tensor: T): T {
    this.#scope?.storages.delete(tensor.storage);
    this.#scope?.kept.add(tensor.storage);
    this.outlives(tensor);
    return tensor;
  }

  /**
   * Frees forgotten tensors if the device holds much, for loops that neither use steps nor read values. Called where
   * no op is under way; does nothing inside of a step, which frees what it made itself.
   */
  reclaim(): void {
    if (!this.#scope) this.#garbage.visitNow();
  }

  /** Adds a kernel to the pending list. Operands in the order of its bindings. */
  run(kernel: Kernel, operands: readonly Storage[]): void {
    for (let index = 0; index < operands.length; index++) {
      const storage = operands[index];
      requireLive(storage, kernel.name);
      if (storage.source && kernel.bindings[index].access === 'read_write') storage.source = undefined;
    }
    this.#zeros?.before(kernel, operands, (check, own) => this.#add(check, own));
    this.#add(kernel, operands);
    if (this.#pending.length >= longestList && !this.#scope) this.flush();
  }

  #add(kernel: Kernel, operands: readonly Storage[]): void {
    this.#pending.add(kernel, operands);
    if (this.#faults.among(operands)) this.#faults.queued();
  }

  /**
   * Fills a new storage with data that may differ at each replay of a recorded step.
   * `compute` is called now, and once before each replay. What it gives must come from outside of the step: variables
   * of the step's function are as they were when the step was recorded.
   */
  stepInput(storage: Storage, compute: () => HostArray): void {
    if (storage.buffer || storage.pendingUses > 0)
      throw new Error('stepInput: the storage was used before; give each input a tensor of its own');
    storage.upload = compute();
    this.#observer?.stepInput(storage);
    if (this.recording)
      this.#scope?.hostWork.push({ storage, compute, last: storage.upload, repeats: 0, doubt: 0 });
  }

  /** Runs host work now, and once at each replay if a step is being recorded. */
  eachStep(hook: () => void): void {
    hook();
    if (this.recording) this.#scope?.hostWork.push({ hook });
  }

  /** Overwrites a storage from the host, after everything that was dispatched so far. */
  write(storage: Storage, data: HostArray): void {
    requireLive(storage, 'write');
    if (!storage.buffer && storage.pendingUses === 0) {
      this.fill(storage, data);
      return;
    }
    storage.source = undefined;
    if (this.recording)
      throw new Error('write() inside of record(): use stepInput() for what changes at each replay');
    if (storage.pendingUses > 0) this.flush();
    this.device.write(storage.buffer!, storage.offset, data);
  }

  /**
   * Gives a new storage its memory now and copies bytes there: once, and from where they are, for a data set may be
   * most of the memory there is. Zeros follow to the storage's end.
   */
  upload(storage: Storage, bytes: Uint8Array): void {
    if (this.recording) throw new Error('record(): put data on the device before, outside of the step');
    const whole = bytes.length - (bytes.length % 4);
    const rest = new Uint8Array(storage.bytes - whole);
    rest.set(bytes.subarray(whole));
    const buffer = this.#pending.place(storage, 'data');
    this.device.write(buffer, 0, bytes.subarray(0, whole));
    if (rest.length > 0) this.device.write(buffer, whole, rest);
  }

  /**
   * Submits the pending list and resolves with a storage's words as bytes.
   * @throws RangeError if a kernel up to now met data that it cannot use: a target that is no class, a row that does
   *   not exist.
   */
  async read(storage: Storage): Promise<ArrayBuffer> {
    requireLive(storage, 'read');
    if (!this.recording) this.#zeros?.read(storage, 'a value', (check, own) => this.#add(check, own));
    this.flush();
    const buffer = storage.buffer ?? this.#pending.place(storage, 'tensor');
    const view = { buffer, offset: storage.offset, size: storage.words * 4 };
    const bytes = await this.#faults.readBeside(view);
    await this.#garbage.visit();
    return bytes;
  }

  /**
   * Runs `body` and frees every tensor it made, except what it returns (a tensor, or arrays, maps or objects of them).
   * One submit for all of it. Steps do not nest: an inner step is part of the outer one.
   */
  step<T>(body: () => T): T {
    if (this.#scope) return body();
    this.reclaim();
    this.flush();
    const scope = newScope();
    const result = this.#within(scope, body);
    const tensors = tensorsOf(result);
    const kept = new Set(tensors.map(({ storage }) => storage));
    for (const tensor of tensors) this.outlives(tensor);
    for (const storage of scope.storages) {
      if (!kept.has(storage) && !storage.claimed) this.release(storage);
      else storage.source = undefined;
    }
    this.flush();
    return result;
  }

  /**
   * Frees what a part of a step made, except what it returns, when that part ends and not with the step: memory for
   * what comes after it. Outside of a step it is one.
   */
  tidy<T>(body: () => T): T {
    const outer = this.#scope;
    if (!outer) return this.step(body);
    const part: Scope = { ...outer, storages: new Set() };
    const result = this.#within(part, body);
    const kept = new Set(tensorsOf(result).map(({ storage }) => storage));
    for (const storage of part.storages) {
      // What the host fills stays where it is if the step is recorded: no kernel would fill it again.
      const filled = outer.recording && storage.upload;
      if (!kept.has(storage) && !storage.claimed && !filled) this.release(storage);
      outer.storages.add(storage);
    }
    return result;
  }

  /** What `record` needs; nothing is pending then. @throws Error inside of a step */
  get recorder(): Recorder {
    if (this.#scope) throw new Error('record() inside of a step: record the outermost step instead');
    this.reclaim();
    this.flush();
    return this.#recorder;
  }

  /** Who wants to know which gradients are read and replaced: the step that is being recorded. */
  get gradientUses(): GradientUses | undefined {
    return this.#scope?.gradients;
  }

  /** True while a step is being recorded. */
  get recording(): boolean {
    return this.#scope?.recording ?? false;
  }

  /** Submits what is pending. */
  flush(): void {
    if (this.recording) {
      throw new Error(
        'record(): nothing can be read, and no other recording replayed, inside of it; ' +
          'return tensors and read them afterwards',
      );
    }
    this.#pending.submit();
  }

  /** Frees a storage that nobody will read. */
  release(storage: Storage): void {
    this.#pending.release(storage);
  }

  /** Gives idle memory back to the device. */
  trim(): void {
    this.#pending.trim();
  }

  /**
   * Frees tensors that were made outside of any step and forgotten, and all idle memory. Reads of values do so by
   * themselves when the device holds much. Browsers offer no garbage collector: there it frees what was found already.
   */
  async collectGarbage(): Promise<void> {
    this.flush();
    await this.#garbage.collect();
  }

  /** Ends the device. No tensor of this runtime can be used afterwards. */
  async destroy(): Promise<void> {
    this.#pending.abandon();
    await this.device.destroy();
  }

  /** Forgets what is pending, and everything that a step has made. */
  #abandon(storages: ReadonlySet<Storage>): void {
    this.#pending.abandon();
    for (const storage of storages) this.release(storage);
  }

  #within<T>(scope: Scope, body: () => T): T {
    const outer = this.#scope;
    this.#scope = scope;
    try {
      if (typeof body !== 'function') throw new TypeError('step() and record() take a function: () => { … }');
      const result = body();
      if (result instanceof Promise) {
        result.catch(() => {}); // it may well fail now, and the error below says why
        throw new TypeError('step() and record() take a synchronous function; read values after the step');
      }
      return result;
    } catch (error) {
      // The step failed half-way: nothing of it may run or stay allocated.
      this.#abandon(scope.storages);
      throw error;
    } finally {
      this.#scope = outer;
    }
  }
}

/** A tensor as far as memory is concerned. */
interface Kept {
  readonly storage: Storage;
  readonly watched?: Watched;
}
