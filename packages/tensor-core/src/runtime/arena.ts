import { type Layout, zeroTailWords } from '@glassbox/wgsl-kernels';
import type { Device, DeviceBuffer } from '../device/device.ts';
import type { Runtime } from './runtime.ts';
import { Storage } from './storage.ts';

/** Storage-buffer offsets must be multiples of 256 bytes: the granularity of arenas, in words. */
export const arenaBlockWords = 64;

/** Frees the buffers of arenas that no storage refers to any more. */
const forgotten = new FinalizationRegistry<{ device: Device; buffer: DeviceBuffer }>(({ device, buffer }) =>
  device.destroyBuffer(buffer),
);

/**
 * One buffer that holds many tensors, each at a multiple of 256 bytes and with its zero tail, as if it had a buffer
 * to itself. It lives as long as it or one of them is in use.
 */
export class Arena {
  /** Where it lies. */
  readonly runtime: Runtime;
  /** The one buffer of all its tensors. */
  readonly buffer: DeviceBuffer;
  /** The whole arena as one operand: what optimisers run over. */
  readonly storage: Storage;
  /** Never: storages keep their arena. */
  readonly gone = false;
  readonly #members: readonly Layout[];
  readonly #offsets: readonly number[];

  /** @param members layouts of the tensors. */
  constructor(runtime: Runtime, members: readonly Layout[], label: string) {
    let total = 0;
    this.runtime = runtime;
    this.#members = members;
    this.#offsets = members.map((layout) => {
      const offset = total;
      total += Math.ceil((layout.size + zeroTailWords(layout)) / arenaBlockWords) * arenaBlockWords;
      return offset;
    });
    this.buffer = runtime.createBuffer(Math.max(total, arenaBlockWords) * 4, label);
    forgotten.register(this, { device: runtime.device, buffer: this.buffer });
    this.storage = this.#lent(0, Math.max(total, arenaBlockWords));
  }

  /** Number of blocks. */
  get blocks(): number {
    return this.storage.words / arenaBlockWords;
  }

  /** First block of a member. */
  blockOf(member: number): number {
    return this.#offsets[member] / arenaBlockWords;
  }

  /** A member's memory. */
  slot(member: number): Storage {
    return this.#lent(this.#offsets[member] * 4, this.#members[member]);
  }

  #lent(offset: number, content: Layout | number): Storage {
    const storage = new Storage(content);
    storage.buffer = this.buffer;
    storage.offset = offset;
    storage.pinned = true;
    storage.owner = this;
    return storage;
  }
}
