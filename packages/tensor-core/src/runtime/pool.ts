import type { Device, DeviceBuffer } from '../device/device.ts';
import type { Storage } from './storage.ts';

type Size = Pick<Storage, 'words' | 'tailWords'>;

/** Offsets of bindings are multiples of so many words. */
const granularity = 64;
/** What a buffer was made for: no kernel writes to the zeros after the data. */
const sizes = new WeakMap<DeviceBuffer, Size>();

/**
 * Keeps buffers for reuse. The zeros after the data must stay zeros: so a buffer is only reused for data of the same
 * length or, in a list that is recorded, for data that end where its own ended.
 */
export class BufferPool {
  readonly #device: Device;
  readonly #parent: BufferPool | undefined;
  readonly #idle = new Map<string, DeviceBuffer[]>();

  /**
   * @param parent where a list that is recorded looks for an idle buffer before asking the device; nothing is given
   * back there.
   */
  constructor(device: Device, parent?: BufferPool) {
    this.#device = device;
    this.#parent = parent;
  }

  /** Gives a storage a buffer, and its place there. @returns the buffer */
  place(storage: Storage, label: string): DeviceBuffer {
    const { words, tailWords, bytes } = storage;
    const key = keyOf(storage);
    storage.offset = 0;
    storage.buffer = this.find(key) ?? this.#larger(storage) ?? this.#parent?.find(key);
    if (!storage.buffer) {
      storage.buffer = this.#device.createBuffer(bytes, label);
      sizes.set(storage.buffer, { words, tailWords });
    }
    return storage.buffer;
  }

  /** An idle buffer of its own, if there is one. */
  find(key: string): DeviceBuffer | undefined {
    return this.#idle.get(key)?.pop();
  }

  /** @param buffer one that a pool has given. */
  give(buffer: DeviceBuffer): void {
    const key = keyOf(sizes.get(buffer)!);
    const idle = this.#idle.get(key);
    if (idle) idle.push(buffer);
    else this.#idle.set(key, [buffer]);
  }

  /** Gives idle memory back to the device. @param except buffers that stay @returns false if there was none. */
  trim(except: ReadonlySet<DeviceBuffer> = new Set()): boolean {
    const freed = [...this.#idle.values()].flat().filter((buffer) => !except.has(buffer));
    for (const buffer of freed) this.#device.destroyBuffer(buffer);
    for (const [key, idle] of this.#idle) {
      this.#idle.set(
        key,
        idle.filter((buffer) => except.has(buffer)),
      );
    }
    return freed.length > 0;
  }

  /**
   * The end of the smallest idle buffer that is large enough and not twice as large. In a recorded list only, whose
   * places are given once: eager steps would not come to the same places each time. And where dispatches cost little:
   * those that could have been one must wait for each other if they take turns in a buffer.
   */
  #larger(storage: Storage): DeviceBuffer | undefined {
    if (!this.#parent || this.#device.machine.dispatches === 'costly') return undefined;
    const { words, tailWords } = storage;
    let best: DeviceBuffer[] | undefined;
    let least = 2 * words;
    for (const idle of this.#idle.values()) {
      const size = idle.length > 0 && sizes.get(idle[0])!;
      if (!size || size.words <= words || size.words > least || size.tailWords < tailWords) continue;
      if ((size.words - words) % granularity !== 0) continue;
      best = idle;
      least = size.words;
    }
    if (best) storage.offset = 4 * (least - words);
    return best?.pop();
  }
}

/** Storages of the same key can use each other's buffers. */
function keyOf({ words, tailWords }: Size): string {
  return `${words}+${tailWords}`;
}
