import type { Device, DeviceBuffer, Dispatch, RecordedList } from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';

/** A device that hands everything on and keeps the lists that are recorded: a training step as its kernels. */
export class RecordingDevice implements Device {
  readonly lists: (readonly Dispatch[])[] = [];
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get info() {
    return this.#device.info;
  }

  get tuning() {
    return this.#device.tuning;
  }

  get memory() {
    return this.#device.memory;
  }

  createBuffer(bytes: number, label?: string): DeviceBuffer {
    return this.#device.createBuffer(bytes, label);
  }

  destroyBuffer(buffer: DeviceBuffer): void {
    this.#device.destroyBuffer(buffer);
  }

  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.#device.write(buffer, offset, data);
  }

  read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return this.#device.read(buffer, offset, bytes);
  }

  prepare(kernel: Kernel) {
    return this.#device.prepare(kernel);
  }

  submit(list: readonly Dispatch[] | RecordedList): void {
    this.#device.submit(list);
  }

  record(list: readonly Dispatch[]): RecordedList {
    this.lists.push(list);
    return this.#device.record(list);
  }

  synchronize(): Promise<void> {
    return this.#device.synchronize();
  }

  destroy(): Promise<void> {
    return this.#device.destroy();
  }
}
