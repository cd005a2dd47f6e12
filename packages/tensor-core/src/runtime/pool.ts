import type { Device, DeviceBuffer } from '../device/device.ts';
import type { Storage } from './storage.ts';

/**
 * Keeps buffers for reuse. A buffer is only reused for data of exactly the same length, so that the zeros after
 * the data stay zeros.
 */
export class BufferPool {
  readonly #device: Device;
  readonly #parent: BufferPool | undefined;
  readonly #idle = new Map<string, DeviceBuffer[]>();

  /** @param parent where to look for an idle buffer before asking the device; nothing is given back there. */
  constructor(device: Device, parent?: BufferPool) {
    this.#device = device;
    this.#parent = parent;
  }

  take(storage: Storage, label: string): DeviceBuffer {
    const key = poolKey(storage);
    return this.find(key) ?? this.#device.createBuffer(storage.bytes, label);
  }

  /** An idle buffer, if there is one. */
  find(key: string): DeviceBuffer | undefined {
    return this.#idle.get(key)?.pop() ?? this.#parent?.find(key);
  }

  /** @param key `poolKey` of the storage that the buffer was taken for. */
  give(key: string, buffer: DeviceBuffer): void {
    const idle = this.#idle.get(key);
    if (idle) idle.push(buffer);
    else this.#idle.set(key, [buffer]);
  }

  /** Gives idle memory back to the device. */
  trim(): void {
    for (const buffer of [...this.#idle.values()].flat()) this.#device.destroyBuffer(buffer);
    this.#idle.clear();
  }
}

/** Storages of the same key can use each other's buffers. */
export function poolKey({ words, tailWords }: Storage): string {
  return `${words}+${tailWords}`;
}
