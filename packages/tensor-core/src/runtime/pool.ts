import type { Device, DeviceBuffer } from '../device/device.ts';
import type { Storage } from './storage.ts';

/**
 * Keeps buffers for reuse. A buffer is only reused for data of exactly the same length, so that the zeros behind
 * the data stay zeros.
 */
export class BufferPool {
  readonly #device: Device;
  readonly #idle = new Map<string, DeviceBuffer[]>();

  constructor(device: Device) {
    this.#device = device;
  }

  take(storage: Storage, label: string): DeviceBuffer {
    return this.#idle.get(key(storage))?.pop() ?? this.#device.createBuffer(storage.bytes, label);
  }

  give(storage: Storage, buffer: DeviceBuffer): void {
    const idle = this.#idle.get(key(storage));
    if (idle) idle.push(buffer);
    else this.#idle.set(key(storage), [buffer]);
  }

  /** Gives idle memory back to the device. */
  trim(): void {
    for (const buffer of [...this.#idle.values()].flat()) this.#device.destroyBuffer(buffer);
    this.#idle.clear();
  }
}

function key({ words, tailWords }: Storage): string {
  return `${words}+${tailWords}`;
}
