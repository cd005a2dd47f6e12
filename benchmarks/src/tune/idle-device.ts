import type {
  BufferView,
  Device,
  DeviceBuffer,
  DeviceInfo,
  Dispatch,
  RecordedList,
} from '@glassbox/tensor-core';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';

/**
 * A device that accepts everything and computes nothing, not even a compiled kernel: to see what another one would be
 * asked for.
 */
export class IdleDevice implements Device {
  readonly info: DeviceInfo;
  readonly machine: Machine;
  readonly memory = { buffers: 0, bytes: 0 };

  constructor({ info, machine }: Pick<Device, 'info' | 'machine'>) {
    this.info = info;
    this.machine = machine;
  }

  createBuffer(bytes: number): DeviceBuffer {
    return { bytes };
  }

  destroyBuffer(): void {}

  write(): void {}

  async read(_buffer: DeviceBuffer, _offset: number, bytes: number): Promise<ArrayBuffer> {
    return new ArrayBuffer(bytes);
  }

  async readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]> {
    return views.map(({ size }) => new ArrayBuffer(size));
  }

  prepare(kernel: Kernel) {
    return { kernel };
  }

  submit(): void {}

  record(dispatches: readonly Dispatch[]): RecordedList {
    return { dispatches, destroy: () => {} };
  }

  async synchronize(): Promise<void> {}

  async destroy(): Promise<void> {}
}
