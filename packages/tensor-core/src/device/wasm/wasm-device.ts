import { checkOptions } from '@glassbox/options';
import { type Kernel, type Machine, machines } from '@glassbox/wgsl-kernels';
import {
  openWasmRuntime,
  type RuntimeBuffer,
  type RuntimeKernel,
  type RuntimeList,
  type WasmRuntime,
  type Wide,
} from '@glassbox/wgsl-wasm';
import {
  type BufferView,
  type Device,
  type DeviceBuffer,
  DeviceError,
  type DeviceInfo,
  DeviceLostError,
  type Dispatch,
  type PreparedKernel,
  type RecordedList,
} from '../device.ts';
import { describeHeld, freeingAdvice, type HeldBuffer, size } from '../memory-report.ts';
import { type WasmOptions, wasmOptions } from './wasm-options.ts';

interface WasmBuffer extends DeviceBuffer, HeldBuffer {
  readonly memory: RuntimeBuffer;
}

interface WasmKernel extends PreparedKernel {
  readonly compiled: RuntimeKernel;
}

interface WasmList extends RecordedList {
  readonly recorded: RuntimeList;
}

/** The `wasm` device: the same WGSL, compiled to WebAssembly SIMD, on threads over one memory. */
export class WasmDevice implements Device {
  readonly info: DeviceInfo;
  readonly machine: Machine;
  /** What came of `wide`. */
  readonly wide: Wide;
  readonly #runtime: WasmRuntime;
  readonly #kernels = new Map<string, WasmKernel>();
  readonly #buffers = new Set<WasmBuffer>();
  #failure: DeviceError | undefined;
  #destroyed = false;

  constructor(runtime: WasmRuntime) {
    this.#runtime = runtime;
    const { threads, features, wide } = runtime;
    const fused = features.relaxedSimd ? ' with fused multiply-add' : '';
    this.wide = wide;
    this.machine = wide.vectorBits === 256 ? machines.wideCpu : machines.cpu;
    this.info = {
      kind: 'wasm',
      adapter: `WebAssembly SIMD${fused}${wide.vectorBits === 256 ? ', in 256 bits' : ''}`,
      hardware: false,
      threads,
      vectorBits: wide.vectorBits,
    };
  }

  /**
   * Opens the device: starts its threads, and looks for what the engine can do.
   * @throws DeviceError if the engine lacks something, or if a thread does not start.
   */
  static async open(options: WasmOptions = {}): Promise<WasmDevice> {
    checkOptions('WasmDevice.open', options, wasmOptions);
    try {
      return new WasmDevice(await openWasmRuntime({ ...options, wide: wideInEnvironment() ?? options.wide }));
    } catch (error) {
      throw asDeviceError(error);
    }
  }

  get memory() {
    if (this.#destroyed) return { buffers: 0, bytes: 0 };
    return { buffers: this.#runtime.bufferCount, bytes: this.#runtime.bytesInUse };
  }

  createBuffer(bytes: number, label = 'buffer'): WasmBuffer {
    return this.#call(() => {
      try {
        const buffer = { bytes, label, memory: this.#runtime.createBuffer(bytes, label) };
        this.#buffers.add(buffer);
        return buffer;
      } catch (error) {
        if (this.#runtime.lost) throw error;
        const held = describeHeld(this.#buffers);
        throw new DeviceError(
          `${label} asked for ${size(bytes)}; ${held}. ${(error as Error).message}. ${freeingAdvice}`,
        );
      }
    });
  }

  destroyBuffer(buffer: DeviceBuffer): void {
    if (!this.#buffers.delete(buffer as WasmBuffer)) return;
    this.#runtime.destroyBuffer((buffer as WasmBuffer).memory);
  }

  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.#call(() => this.#runtime.write((buffer as WasmBuffer).memory, offset, data));
  }

  read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return this.#wait(() => this.#runtime.read((buffer as WasmBuffer).memory, offset, bytes));
  }

  readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]> {
    return Promise.all(views.map(({ buffer, offset, size }) => this.read(buffer, offset, size)));
  }

  prepare(kernel: Kernel): WasmKernel {
    const key = `${kernel.wgsl}\u0000${kernel.workgroups}`;
    let prepared = this.#kernels.get(key);
    if (!prepared) {
      prepared = { kernel, compiled: this.#call(() => this.#runtime.prepare(kernel)) };
      this.#kernels.set(key, prepared);
    }
    return prepared;
  }

  record(list: readonly Dispatch[]): WasmList {
    const recorded = this.#call(() => this.#runtime.record(list.map(toRuntime)));
    return { dispatches: list, recorded, destroy: () => recorded.destroy() };
  }

  submit(list: readonly Dispatch[] | RecordedList): void {
    this.#call(() => {
      if ('dispatches' in list) this.#runtime.submit((list as WasmList).recorded);
      else this.#runtime.submit(list.map(toRuntime));
    });
  }

  synchronize(): Promise<void> {
    return this.#wait(() => this.#runtime.synchronize());
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    this.#buffers.clear();
    this.#kernels.clear();
    await this.#runtime.destroy();
  }

  /** Does what fails at once: a mistake of the caller, or the device's end. */
  #call<T>(body: () => T): T {
    if (this.#failure) throw this.#failure;
    try {
      return body();
    } catch (error) {
      throw this.#lost() ?? asDeviceError(error);
    }
  }

  /** Does what waits for kernels: if one of them failed, nothing computed since can be trusted. */
  async #wait<T>(body: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure;
    try {
      return await body();
    } catch (error) {
      this.#failure ??= this.#lost() ?? asDeviceError(error);
      throw this.#failure;
    }
  }

  #lost(): DeviceError | undefined {
    const reason = this.#runtime.lost;
    if (!reason) return undefined;
    this.#failure = new DeviceLostError(
      this.#destroyed
        ? 'The device was destroyed: open a new one with openRuntime().'
        : `The device was lost (${reason.message}). Open a new one with openRuntime() and load the last checkpoint.`,
    );
    return this.#failure;
  }
}

/** `GLASSBOX_WIDE`. @throws DeviceError if it is neither `on` nor `off`. */
function wideInEnvironment(): boolean | undefined {
  const wanted = typeof process === 'object' ? process.env?.GLASSBOX_WIDE : undefined;
  if (!wanted) return undefined;
  if (wanted !== 'on' && wanted !== 'off') {
    throw new DeviceError(`GLASSBOX_WIDE=${wanted}: expected on or off`);
  }
  return wanted === 'on';
}

function asDeviceError(error: unknown): DeviceError {
  return error instanceof DeviceError ? error : new DeviceError((error as Error).message, { cause: error });
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
