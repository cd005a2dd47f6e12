import type { Kernel, Tuning } from '@glassbox/wgsl-kernels';
import {
  openRuntime,
  type RuntimeBuffer,
  type RuntimeKernel,
  type RecordedList as WasmRecordedList,
  type WasmRuntime,
} from '@glassbox/wgsl-wasm';
import type { Device, DeviceBuffer, DeviceInfo, Dispatch, PreparedKernel, RecordedList } from './device.ts';

interface WasmBuffer extends DeviceBuffer {
  readonly memory: RuntimeBuffer;
}

interface WasmKernel extends PreparedKernel {
  readonly compiled: RuntimeKernel;
}

interface WasmList extends RecordedList {
  readonly recorded: WasmRecordedList;
}

export interface WasmOptions {
  /** Threads to compute on; the cores there are unless given. */
  readonly threads?: number;
  /** Traps accesses outside of a buffer and names kernel, buffer and index. Slower. */
  readonly debug?: boolean;
}

/** The `wasm` device: the same WGSL, compiled to WebAssembly SIMD, on threads over one memory. */
export class WasmDevice implements Device {
  readonly info: DeviceInfo;
  readonly tuning: Tuning = { workgroupSize: 1 };
  readonly #runtime: WasmRuntime;
  readonly #kernels = new Map<string, WasmKernel>();

  constructor(runtime: WasmRuntime) {
    this.#runtime = runtime;
    const { threads, features } = runtime;
    this.info = {
      kind: 'wasm',
      adapter: `WebAssembly SIMD${features.relaxedSimd ? ' with fused multiply-add' : ''}`,
      hardware: false,
      threads,
    };
  }

  static async open(options: WasmOptions = {}): Promise<WasmDevice> {
    return new WasmDevice(await openRuntime(options));
  }

  get memory() {
    return { buffers: this.#runtime.bufferCount, bytes: this.#runtime.bytesInUse };
  }

  createBuffer(bytes: number, label?: string): WasmBuffer {
    return { bytes, memory: this.#runtime.createBuffer(bytes, label) };
  }

  destroyBuffer(buffer: DeviceBuffer): void {
    this.#runtime.destroyBuffer((buffer as WasmBuffer).memory);
  }

  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.#runtime.write((buffer as WasmBuffer).memory, offset, data);
  }

  read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return this.#runtime.read((buffer as WasmBuffer).memory, offset, bytes);
  }

  prepare(kernel: Kernel): WasmKernel {
    const key = `${kernel.wgsl}\u0000${kernel.workgroups}`;
    let prepared = this.#kernels.get(key);
    if (!prepared) {
      prepared = { kernel, compiled: this.#runtime.prepare(kernel) };
      this.#kernels.set(key, prepared);
    }
    return prepared;
  }

  record(list: readonly Dispatch[]): WasmList {
    const recorded = this.#runtime.record(list.map(toRuntime));
    return { dispatches: list, recorded, destroy: () => recorded.destroy() };
  }

  submit(list: readonly Dispatch[] | RecordedList): void {
    if ('dispatches' in list) this.#runtime.submit((list as WasmList).recorded);
    else this.#runtime.submit(list.map(toRuntime));
  }

  synchronize(): Promise<void> {
    return this.#runtime.synchronize();
  }

  destroy(): Promise<void> {
    return this.#runtime.destroy();
  }
}

function toRuntime({ kernel, views }: Dispatch) {
  return {
    kernel: (kernel as WasmKernel).compiled,
    buffers: views.map(({ buffer, offset, size }) => ({
      buffer: (buffer as WasmBuffer).memory,
      offset,
      size,
    })),
    workgroups: kernel.kernel.workgroups,
  };
}
