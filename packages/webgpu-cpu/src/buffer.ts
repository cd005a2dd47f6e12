/** Buffers: memory of the runtime, and the states of a mapping. */
import type { RuntimeBuffer } from '@glassbox/wgsl-wasm';
import { flagNames, GPUBufferUsage, GPUMapMode } from './constants.ts';
import { dictionary, size32, size64 } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { exception, GPUOutOfMemoryError } from './errors.ts';
import { Memory } from './memory.ts';

const { MAP_READ, MAP_WRITE, COPY_SRC, COPY_DST } = GPUBufferUsage;
const ALL_USAGES = Object.values(GPUBufferUsage).reduce((all, flag) => all | flag, 0);

/** Longer arrays cannot be made. */
const LONGEST_ARRAY = 2 ** 32;

/** A part of a buffer that a program sees as an array. */
interface Mapping {
  readonly mode: number;
  readonly offset: number;
  readonly size: number;
  /** What the buffer holds there; null while it holds zeros. */
  readonly content: ArrayBuffer | null;
  readonly ranges: { readonly offset: number; readonly array: ArrayBuffer }[];
}

interface PendingMap {
  readonly reject: (error: DOMException) => void;
}

/** Whose array is empty from now on. */
const detach = (array: ArrayBuffer): void => {
  if (array.byteLength > 0) structuredClone(array, { transfer: [array] });
};

/** A range of memory on the device. */
export class GPUBuffer extends DeviceObject implements globalThis.GPUBuffer {
  declare readonly __brand: 'GPUBuffer';
  /** @internal */
  readonly kind = 'buffer';
  /** In bytes. */
  readonly size: number;
  /** Flags of `GPUBufferUsage`. */
  readonly usage: number;
  #memory: Memory | null = null;
  #mapping: Mapping | null = null;
  #pending: PendingMap | null = null;
  #destroyed = false;
  readonly #onDestroy: (buffer: GPUBuffer) => void;

  /** @internal */
  constructor(core: Core, given: GPUBufferDescriptor, onDestroy: (buffer: GPUBuffer) => void) {
    const descriptor = dictionary('createBuffer', given);
    super(core, descriptor.label);
    this.#onDestroy = onDestroy;
    this.size = size64('createBuffer', 'size', descriptor.size);
    this.usage = size32('createBuffer', 'usage', descriptor.usage);
    const mapped = Boolean(descriptor.mappedAtCreation);
    if (mapped && this.size % 4 !== 0) {
      throw new RangeError(
        `createBuffer: the size of a mapped buffer must be a multiple of 4, not ${this.size}`,
      );
    }
    if (mapped && this.size > LONGEST_ARRAY) {
      throw new RangeError(`createBuffer: an array of ${this.size} bytes cannot be made`);
    }
    this.valid = core.holds(`createBuffer${this.label && ` '${this.label}'`}`, () => this.#check());
    if (this.valid && !core.lostInfo) this.#allocate(mapped);
    if (mapped) {
      this.#mapping = { mode: GPUMapMode.WRITE, offset: 0, size: this.size, content: null, ranges: [] };
    }
  }

  #check(): void {
    const { usage, size, core } = this;
    const most = core.limits.maxBufferSize;
    rule(usage !== 0 && (usage & ~ALL_USAGES) === 0, () => `the usage ${usage} is none that buffers have`);
    const others = (flag: number, allowed: number) =>
      (usage & flag) === 0 || (usage & ~(flag | allowed)) === 0;
    rule(
      others(MAP_READ, COPY_DST),
      () =>
        `the usage MAP_READ goes with COPY_DST only, not with ${flagNames(GPUBufferUsage, usage & ~MAP_READ)}`,
    );
    rule(
      others(MAP_WRITE, COPY_SRC),
      () =>
        `the usage MAP_WRITE goes with COPY_SRC only, not with ${flagNames(GPUBufferUsage, usage & ~MAP_WRITE)}`,
    );
    rule(size <= most, () => `the size ${size} is above the limit maxBufferSize, ${most}`);
  }

  #allocate(mapped: boolean): void {
    const { core, size } = this;
    try {
      this.#memory = new Memory(core, this, Math.max(4, Math.ceil(size / 4) * 4), this.label);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.valid = false;
      if (mapped) throw error;
      core.report(new GPUOutOfMemoryError(`createBuffer: ${error.message}`));
    }
  }

  /** Its memory in the runtime; null if it is not valid, or was destroyed. @internal */
  get memory(): RuntimeBuffer | null {
    return this.#memory?.buffer ?? null;
  }

  /** `unmapped`, `pending` or `mapped`. */
  get mapState(): GPUBufferMapState {
    if (this.#mapping) return 'mapped';
    return this.#pending ? 'pending' : 'unmapped';
  }

  /** @throws what `Core.holds` reports if it was destroyed, or is mapped. @internal */
  requireReady(): void {
    rule(!this.#destroyed, () => `${this.named} was destroyed`);
    rule(
      this.mapState === 'unmapped',
      () => `${this.named} is ${this.mapState === 'mapped' ? 'mapped' : 'being mapped'}; call unmap() before`,
    );
  }

  /** @throws what `Core.holds` reports if it may not be used so. @internal */
  requireUsage(flag: keyof typeof GPUBufferUsage): void {
    rule(
      (this.usage & GPUBufferUsage[flag]) !== 0,
      () => `${this.named} has the usage ${flagNames(GPUBufferUsage, this.usage)}, and needs ${flag}`,
    );
  }

  /** @throws what `Core.holds` reports if it does not have these bytes. @internal */
  requireRange(offset: number, size: number): void {
    rule(
      offset + size <= this.size,
      () => `bytes ${offset} to ${offset + size} are outside of ${this.named} of ${this.size} bytes`,
    );
  }

  /**
   * Maps bytes `offset` to `offset + size` (default: to the end), once what was submitted before has run.
   * @throws DOMException `OperationError` if that is not allowed, `AbortError` if it ends before
   */
  async mapAsync(mode: number, offset?: number, size?: number): Promise<undefined> {
    const flags = size32('mapAsync', 'mode', mode);
    const start = size64('mapAsync', 'offset', offset ?? 0);
    const bytes = size === undefined ? Math.max(0, this.size - start) : size64('mapAsync', 'size', size);
    if (this.#pending) throw exception('OperationError', `mapAsync: ${this.named} is being mapped already`);
    const { core } = this;
    const mapped = this.mapState === 'mapped';
    await new Promise<void>((resolve, reject) => {
      const pending = { reject };
      this.#pending = pending;
      /** Ends the wait, unless `unmap` did. */
      const settle = (end: () => void) => {
        if (this.#pending !== pending) return;
        this.#pending = null;
        end();
      };
      const refuse = (name: string, message: string) => {
        // Not before the caller has seen the promise.
        setTimeout(() => settle(() => reject(exception(name, message))), 0);
      };
      if (core.lostInfo) {
        refuse('AbortError', `mapAsync: ${core.lostText}`);
        return;
      }
      const broke = core.broken('mapAsync', () => this.#checkMap(mapped, flags, start, bytes));
      if (broke) {
        refuse('OperationError', broke);
        return;
      }
      core.runtime.read(this.memory!, start, bytes).then(
        (content) =>
          settle(() => {
            this.#mapping = { mode: flags, offset: start, size: bytes, content, ranges: [] };
            resolve();
          }),
        (error: Error) => {
          core.fail(error);
          settle(() => reject(exception('AbortError', `mapAsync: ${core.lostText}`)));
        },
      );
    });
  }

  #checkMap(mapped: boolean, mode: number, offset: number, size: number): void {
    this.requireValid(this.core);
    rule(!this.#destroyed, () => `${this.named} was destroyed`);
    rule(!mapped, () => `${this.named} is mapped; call unmap() before`);
    rule(
      mode === GPUMapMode.READ || mode === GPUMapMode.WRITE,
      () => `the mode ${mode} is neither READ nor WRITE`,
    );
    this.requireUsage(mode === GPUMapMode.READ ? 'MAP_READ' : 'MAP_WRITE');
    rule(offset % 8 === 0, () => `the offset ${offset} is not a multiple of 8`);
    rule(size % 4 === 0, () => `the size ${size} is not a multiple of 4`);
    this.requireRange(offset, size);
  }

  /**
   * The bytes of a mapped buffer, until `unmap()`.
   * @throws DOMException `OperationError` if these are not mapped, or were asked for before
   */
  getMappedRange(offset?: number, size?: number): ArrayBuffer {
    const start = size64('getMappedRange', 'offset', offset ?? 0);
    const bytes =
      size === undefined ? Math.max(0, this.size - start) : size64('getMappedRange', 'size', size);
    const fail = (message: string): never => {
      throw exception('OperationError', `getMappedRange: ${message}`);
    };
    const mapping = this.#mapping;
    if (!mapping) return fail(`${this.named} is not mapped; await mapAsync() before`);
    if (start % 8 !== 0) fail(`the offset ${start} is not a multiple of 8`);
    if (bytes % 4 !== 0) fail(`the size ${bytes} is not a multiple of 4`);
    if (start < mapping.offset || start + bytes > mapping.offset + mapping.size) {
      const mapped = `${mapping.offset} to ${mapping.offset + mapping.size}`;
      fail(`bytes ${start} to ${start + bytes} are outside of what is mapped, ${mapped}`);
    }
    for (const other of mapping.ranges) {
      if (start < other.offset + other.array.byteLength && other.offset < start + bytes) {
        fail(`part of bytes ${start} to ${start + bytes} was given out before`);
      }
    }
    const from = start - mapping.offset;
    const array = mapping.content?.slice(from, from + bytes) ?? new ArrayBuffer(bytes);
    mapping.ranges.push({ offset: start, array });
    return array;
  }

  /** Ends the mapping. What was written to its ranges is in the buffer for whatever is submitted afterwards. */
  unmap(): undefined {
    this.#abort(this.core.lostInfo ? this.core.lostText : 'unmap() was called');
    const mapping = this.#mapping;
    if (!mapping) return;
    this.#mapping = null;
    for (const { offset, array } of mapping.ranges) {
      if (mapping.mode === GPUMapMode.WRITE && this.#memory && !this.core.lostInfo) {
        this.core.runtime.write(this.#memory.buffer, offset, new Uint8Array(array));
      }
      detach(array);
    }
  }

  #abort(why: string): void {
    const pending = this.#pending;
    this.#pending = null;
    pending?.reject(exception('AbortError', `mapAsync: ${why}`));
  }

  /** Frees its memory, once what was submitted so far has run. */
  destroy(): undefined {
    this.#destroyed = true;
    this.unmap();
    this.#onDestroy(this);
    this.#memory?.free();
    this.#memory = null;
  }
}
