/** A device that hands everything on to another one. Those that watch or change something build on it. */
import type {
  BufferView,
  Device,
  DeviceBuffer,
  DeviceInfo,
  Dispatch,
  PreparedKernel,
  RecordedList,
} from '@glassbox/tensor-core';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';

export class WrappedDevice implements Device {
  readonly inner: Device;

  constructor(inner: Device) {
    this.inner = inner;
  }

  get info(): DeviceInfo {
    return this.inner.info;
  }

  get machine(): Machine {
    return this.inner.machine;
  }

  get memory() {
    return this.inner.memory;
  }

  get largestBuffer() {
    return this.inner.largestBuffer;
  }

  createBuffer(bytes: number, label?: string): DeviceBuffer {
    return this.inner.createBuffer(bytes, label);
  }

  destroyBuffer(buffer: DeviceBuffer): void {
    this.inner.destroyBuffer(buffer);
  }

  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.inner.write(buffer, offset, data);
  }

  read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return this.inner.read(buffer, offset, bytes);
  }

  readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]> {
    return this.inner.readAll(views);
  }

  prepare(kernel: Kernel): PreparedKernel {
    return this.inner.prepare(kernel);
  }

  submit(list: readonly Dispatch[] | RecordedList): void {
    this.inner.submit(list);
  }

  record(list: readonly Dispatch[]): RecordedList {
    return this.inner.record(list);
  }

  synchronize(): Promise<void> {
    return this.inner.synchronize();
  }

  destroy(): Promise<void> {
    return this.inner.destroy();
  }
}
