import type { Kernel, Machine } from '@glassbox/wgsl-kernels';

/** Memory on a device. Owned by whoever called `createBuffer`. */
export interface DeviceBuffer {
  /** Size in bytes. */
  readonly bytes: number;
}

/** A range of a buffer, bound to one `@binding` of a kernel. */
export interface BufferView {
  /** The buffer that the range is in. */
  readonly buffer: DeviceBuffer;
  /** Offset in bytes, a multiple of 256. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** A kernel that the device has compiled. */
export interface PreparedKernel {
  /** What was compiled. */
  readonly kernel: Kernel;
}

/** One kernel over its buffers, in the order of its bindings. */
export interface Dispatch {
  /** What runs. */
  readonly kernel: PreparedKernel;
  /** A range of a buffer for each of its bindings. */
  readonly views: readonly BufferView[];
}

/** A list of dispatches that a device has made ready to be submitted many times. */
export interface RecordedList {
  /** What will run, one after the other: fewer than were recorded where the device joins some. */
  readonly dispatches: readonly Dispatch[];
  /** Frees what the device keeps for it. */
  destroy(): void;
}

/** What a device is, for reports and benchmarks. */
export interface DeviceInfo {
  /** Its name in the list of devices (`registry.ts`). */
  readonly kind: string;
  /** The adapter's own description, for example `SwiftShader Device (LLVM 16.0.6)`. */
  readonly adapter: string;
  /** True if the adapter is a GPU; false for software. */
  readonly hardware: boolean;
  /** What else the driver says of itself: vendor, architecture, device, where it knows. */
  readonly identity?: string;
  /** Threads that the device computes on, where it knows. */
  readonly threads?: number;
  /** Bits of a vector operation, where it knows. */
  readonly vectorBits?: 128 | 256;
}

/**
 * Everything that the rest of the project asks of a machine that runs kernels.
 * Work is ordered: writes, submits and reads take effect in the order of the calls.
 * After a failure every further call throws the first failure's error.
 */
export interface Device {
  /** What it is, for reports and errors. */
  readonly info: DeviceInfo;
  /** What it runs on: kernels choose their form by it. */
  readonly machine: Machine;
  /** Bytes of the largest buffer that it makes; absent where only its memory limits them. */
  readonly largestBuffer?: number;
  /** Allocates zero-filled memory. `bytes` is a multiple of 4. */
  createBuffer(bytes: number, label?: string): DeviceBuffer;
  /** Frees a buffer once everything submitted so far has run. */
  destroyBuffer(buffer: DeviceBuffer): void;
  /** Copies host data into a buffer. `offset` and the data's length are multiples of 4 bytes. */
  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void;
  /** Resolves with a copy of the bytes as they are after everything submitted so far. */
  read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer>;
  /** Reads several ranges as of one moment, at the cost of one read. */
  readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]>;
  /** Compiles a kernel; the same text is compiled once. */
  prepare(kernel: Kernel): PreparedKernel;
  /** Queues dispatches to run one after the other. */
  submit(list: readonly Dispatch[] | RecordedList): void;
  /** Makes a list ready to be submitted many times at little cost. */
  record(list: readonly Dispatch[]): RecordedList;
  /** Resolves when everything submitted has run. */
  synchronize(): Promise<void>;
  /** Buffers alive and their bytes: what leak tests watch. */
  readonly memory: { readonly buffers: number; readonly bytes: number };
  /** Releases everything. Reads that are not done by then are rejected, and every later call throws. */
  destroy(): Promise<void>;
}

/** A device in a few words: `wasm, 2 threads: WebAssembly SIMD`, `webgpu, GPU: …`. */
export function describeDevice({ kind, adapter, hardware, threads }: DeviceInfo): string {
  const what = threads === undefined ? (hardware ? 'GPU' : 'software adapter') : `${threads} threads`;
  return `${kind}, ${what}: ${adapter}`;
}

/** A device or its driver failed, or was asked for something that it cannot do. */
export class DeviceError extends Error {
  override readonly name: string = 'DeviceError';
}

/** The device is gone (driver reset, unplugged, `destroy()`): nothing computed on it can be read any more. */
export class DeviceLostError extends DeviceError {
  override readonly name = 'DeviceLostError';
  /** True: a new device may compute what this one did not. */
  readonly retryHelps = true;
}
