import type {
  BufferView,
  Device,
  DeviceBuffer,
  DeviceInfo,
  Dispatch,
  RecordedList,
} from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';

/**
 * A device that hands everything on and keeps the lists that are recorded: a training step as its kernels.
 * It may go by another description than the device's own.
 */
export class RecordingDevice implements Device {
  readonly lists: (readonly Dispatch[])[] = [];
  readonly info: DeviceInfo;
  readonly #device: Device;

  constructor(device: Device, info: DeviceInfo = device.info) {
    this.info = info;
    this.#device = device;
  }

  get machine() {
    return this.#device.machine;
  }

  get memory() {
    return this.#device.memory;
  }

  get largestBuffer() {
    return this.#device.largestBuffer;
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

  readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]> {
    return this.#device.readAll(views);
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
