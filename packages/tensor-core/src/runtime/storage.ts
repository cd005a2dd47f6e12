import { type Layout, zeroTailWords } from '@glassbox/wgsl-kernels';
import type { DeviceBuffer } from '../device/device.ts';

/** An element type: floats of 32 bits, or integers of 32 bits without or with a sign. */
export type DType = 'f32' | 'u32' | 'i32';
/** The elements on the host, in the typed array of their type. */
export type HostArray = Float32Array | Uint32Array | Int32Array;

/** Somebody who lends buffers to storages. */
export interface BufferOwner {
  /** True once the buffers were taken back. */
  gone: boolean;
}

/** The typed array that holds a dtype on the host. */
export const hostArrayOf = { f32: Float32Array, u32: Uint32Array, i32: Int32Array } as const;

let made = 0;

/** The number that the next storage will have. */
export function nextSerial(): number {
  return made;
}

/**
 * Memory of a tensor. It starts without a buffer and gets one when the list that uses it is submitted: only then is
 * known how long each storage is needed, so that storages of one list can take turns in one buffer.
 */
export class Storage {
  /** 32-bit words of data. */
  readonly words: number;
  /** Words of zeros after the data: where convolutions read their padding. No kernel writes there. */
  readonly tailWords: number;
  /** Where the data lie, once allocated. */
  buffer: DeviceBuffer | undefined;
  /** Offset of the data in `buffer`, in bytes. */
  offset = 0;
  /** Data to upload when the storage is allocated. */
  upload: HostArray | undefined;
  /** Dispatches in the pending list that use this storage. */
  pendingUses = 0;
  /** Tensors that share this memory and that the garbage collector has not taken yet. */
  tensors = 0;
  /** True once the garbage collector has taken all of them. */
  forgotten = false;
  /** Recordings that read or write this memory though it is not theirs. */
  recordings = 0;
  /** True once nobody can read it any more (its step ended or failed, or its tensors were collected). */
  dead = false;
  /** True if the buffer belongs to someone else (an arena, a recording): never goes back to the pool. */
  pinned = false;
  /** Whom the buffer belongs to then. It is freed when no storage refers to its owner any more. */
  owner: BufferOwner | undefined;
  /** True once a leaf took it as its gradient: a second taker must copy. */
  claimed = false;
  /** True once a parameter that lay here has moved into an arena: what was recorded before reads an old value. */
  moved = false;
  /**
   * What the host filled it with inside of a step, until a kernel writes to it: enough to have it again after the
   * step.
   */
  source: HostArray | undefined;
  /** Storages are numbered in the order in which they are made. */
  readonly serial = made++;

  /** How its tensors lie in it; undefined for plain words. */
  readonly layout: Layout | undefined;

  /** @param content what it holds: a tensor, with the zero tail that its layout asks for, or so many plain words. */
  constructor(content: Layout | number) {
    this.layout = typeof content === 'number' ? undefined : content;
    this.words = typeof content === 'number' ? content : content.size;
    this.tailWords = this.layout ? zeroTailWords(this.layout) : 0;
  }

  /** Size in bytes, zero tail included. */
  get bytes(): number {
    return (this.words + this.tailWords) * 4;
  }
}

/** False once the storage's content is gone. */
export function isLive(storage: Storage): boolean {
  return !storage.dead && !storage.owner?.gone;
}

/** True if the data lie where `place` is. */
export function liesIn(storage: Storage, place: Storage): boolean {
  return storage.buffer === place.buffer && storage.offset === place.offset;
}

/**
 * Makes sure that a storage has its content. What the host filled within a step that has ended comes back as it was,
 * and from then on stays as long as a tensor refers to it: so a constant that is made at its first use works in later
 * steps.
 * @throws Error if the content is gone. `user`: who wants it, for the message.
 */
export function requireLive(storage: Storage, user: string): void {
  if (storage.moved) {
    throw new Error(
      `${user}: a tensor shares the memory of a parameter that has moved into an optimiser's arena since; detach() ` +
        'it again',
    );
  }
  if (isLive(storage)) return;
  if (!storage.source) {
    throw new Error(
      `${user}: a tensor belongs to a step that has ended (or failed, or to a recording that was disposed of); ` +
        'return it from step() to keep it. What a module computes once and uses in later steps is made in its ' +
        'constructor, or kept: this.mask ??= runtime.keep(…)',
    );
  }
  storage.dead = false;
  storage.pinned = false;
  storage.owner = undefined;
  storage.buffer = undefined;
  storage.offset = 0;
  storage.upload = storage.source;
}
