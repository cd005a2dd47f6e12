import type { PlatformType } from '@glassbox/options';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';
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
import { joinDispatches } from './join-dispatches.ts';

// The specification's numbers (GPUBufferUsage, GPUMapMode): Node has no such globals.
const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;
const MAP_MODE_READ = 0x1;

interface WebGpuBuffer extends DeviceBuffer {
  readonly id: number;
  readonly gpu: PlatformType<'GPUBuffer'>;
  readonly label: string;
}

interface Pipeline extends PreparedKernel {
  readonly gpu: PlatformType<'GPUComputePipeline'>;
  readonly layout: PlatformType<'GPUBindGroupLayout'>;
  /** Bind groups by the buffers they bind: making one costs more than dispatching it. */
  readonly bindGroups: Map<string, PlatformType<'GPUBindGroup'>>;
}

interface WebGpuRecordedList extends RecordedList {
  readonly bindGroups: readonly PlatformType<'GPUBindGroup'>[];
}

/** Bind groups kept per pipeline before the cache starts over. */
const bindGroupsKept = 256;

/** The `webgpu` device: Dawn in Node, `navigator.gpu` in a browser. */
export class WebGpuDevice implements Device {
  readonly info: DeviceInfo;
  readonly machine: Machine;
  readonly #gpu: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #buffers = new Set<WebGpuBuffer>();
  /** Idle readback buffers by size. */
  readonly #staging = new Map<number, GPUBuffer[]>();
  #bytes = 0;
  #nextId = 0;
  #failure: DeviceError | undefined;
  /** The latest buffer asked for: which one an out-of-memory error is about. */
  #asked: HeldBuffer | undefined;
  #destroyed = false;
  /** Settles when the device is gone, with the error that says so. */
  readonly #lost: Promise<DeviceLostError>;
  /** Ends the waits under way. */
  readonly #waiting = new Set<(error: DeviceLostError) => void>();

  constructor(gpu: PlatformType<'GPUDevice'>, info: DeviceInfo, machine: Machine) {
    this.#gpu = gpu;
    this.info = info;
    this.machine = machine;
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.#fail(new DeviceError(this.#describe(event.error)));
    });
    this.#lost = gpu.lost.then((reason) => {
      const error = new DeviceLostError(
        this.#destroyed
          ? 'The device was destroyed: open a new one with openRuntime().'
          : `The device was lost (${reason.message || reason.reason}). Open a new one with openRuntime() ` +
              'and load the last checkpoint.',
      );
      this.#fail(error);
      for (const end of this.#waiting) end(error);
      this.#waiting.clear();
      return error;
    });
  }

  get memory() {
    return { buffers: this.#buffers.size, bytes: this.#bytes };
  }

  get largestBuffer() {
    return this.#gpu.limits.maxStorageBufferBindingSize;
  }

  createBuffer(bytes: number, label = 'buffer'): WebGpuBuffer {
    this.#check();
    const limit = this.largestBuffer;
    if (bytes > limit) {
      throw new DeviceError(
        `${label}: ${bytes} bytes exceed this adapter's limit of ${limit} bytes per buffer; ` +
          'use a smaller batch or data set',
      );
    }
    this.#asked = { bytes, label };
    const gpu = this.#gpu.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST, label });
    const buffer = { id: this.#nextId++, gpu, bytes, label };
    this.#buffers.add(buffer);
    this.#bytes += bytes;
    this.#check();
    return buffer;
  }

  destroyBuffer(buffer: DeviceBuffer): void {
    const own = buffer as WebGpuBuffer;
    if (!this.#buffers.delete(own)) return;
    this.#bytes -= own.bytes;
    own.gpu.destroy();
    for (const pipeline of this.#pipelines.values()) pipeline.bindGroups.clear();
  }

  write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.#check();
    this.#gpu.queue.writeBuffer(
      (buffer as WebGpuBuffer).gpu,
      offset,
      data.buffer as ArrayBuffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  async read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return (await this.readAll([{ buffer, offset, size: bytes }]))[0];
  }

  async readAll(views: readonly BufferView[]): Promise<ArrayBuffer[]> {
    this.#check();
    const bytes = views.reduce((sum, { size }) => sum + size, 0);
    const staging =
      this.#staging.get(bytes)?.pop() ??
      this.#gpu.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST, label: 'readback' });
    const encoder = this.#gpu.createCommandEncoder();
    const starts: number[] = [];
    for (const { buffer, offset, size } of views) {
      const start = (starts.at(-1) ?? 0) + (views[starts.length - 1]?.size ?? 0);
      starts.push(start);
      encoder.copyBufferToBuffer((buffer as WebGpuBuffer).gpu, offset, staging, start, size);
    }
    this.#gpu.queue.submit([encoder.finish()]);
    try {
      await this.#unlessLost(staging.mapAsync(MAP_MODE_READ));
    } catch (error) {
      this.#check();
      throw new DeviceError(`reading ${bytes} bytes failed: ${(error as Error).message}`);
    }
    const mapped = staging.getMappedRange();
    const copies = views.map(({ size }, index) => mapped.slice(starts[index], starts[index] + size));
    staging.unmap();
    const idle = this.#staging.get(bytes);
    if (idle) idle.push(staging);
    else this.#staging.set(bytes, [staging]);
    this.#check();
    return copies;
  }

  prepare(kernel: Kernel): Pipeline {
    this.#check();
    const key = `${kernel.wgsl}\u0000${kernel.workgroups}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const module = this.#gpu.createShaderModule({ code: kernel.wgsl, label: kernel.name });
    const gpu = this.#gpu.createComputePipeline({
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
      label: kernel.name,
    });
    const pipeline = { kernel, gpu, layout: gpu.getBindGroupLayout(0), bindGroups: new Map() };
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }

  record(list: readonly Dispatch[]): WebGpuRecordedList {
    this.#check();
    for (const { kernel, views } of list) checkViews(kernel.kernel, views);
    const dispatches =
      this.machine.dispatches === 'costly'
        ? joinDispatches(list).map(({ kernel, views }) => ({ kernel: this.prepare(kernel), views }))
        : list.map(({ kernel, views }) => ({ kernel: kernel as Pipeline, views }));
    return {
      dispatches,
      destroy: () => {},
      bindGroups: dispatches.map(({ kernel, views }) => this.#createBindGroup(kernel, views)),
    };
  }

  submit(list: readonly Dispatch[] | RecordedList): void {
    this.#check();
    const recorded = 'dispatches' in list ? (list as WebGpuRecordedList) : undefined;
    const dispatches = recorded?.dispatches ?? (list as readonly Dispatch[]);
    if (dispatches.length === 0) return;
    const encoder = this.#gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    let current: Pipeline | undefined;
    for (const [index, { kernel, views }] of dispatches.entries()) {
      const pipeline = kernel as Pipeline;
      if (pipeline !== current) pass.setPipeline(pipeline.gpu);
      current = pipeline;
      pass.setBindGroup(0, recorded?.bindGroups[index] ?? this.#bindGroup(pipeline, views));
      pass.dispatchWorkgroups(...pipeline.kernel.workgroups);
    }
    pass.end();
    this.#gpu.queue.submit([encoder.finish()]);
  }

  async synchronize(): Promise<void> {
    this.#check();
    await this.#unlessLost(this.#gpu.queue.onSubmittedWorkDone());
    this.#check();
  }

  async destroy(): Promise<void> {
    if (this.#destroyed) return;
    this.#destroyed = true;
    // Dawn: a promise in flight when its device dies hangs the process, so wait for the queue first.
    if (!this.#failure) await this.#unlessLost(this.#gpu.queue.onSubmittedWorkDone()).catch(() => {});
    for (const buffer of this.#buffers) buffer.gpu.destroy();
    for (const buffer of [...this.#staging.values()].flat()) buffer.destroy();
    this.#buffers.clear();
    this.#staging.clear();
    this.#pipelines.clear();
    this.#bytes = 0;
    this.#gpu.destroy();
    await this.#lost;
  }

  /**
   * What Dawn answers, or an error when the device is lost meanwhile. (Not `Promise.race` with the loss: a promise
   * that stays open for the device's life would remember every wait there ever was.)
   */
  #unlessLost<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const forget = () => this.#waiting.delete(reject);
      answer.then(resolve, reject).then(forget, forget);
    });
  }

  #bindGroup(pipeline: Pipeline, views: readonly BufferView[]): GPUBindGroup {
    let key = '';
    for (const view of views) key += `${(view.buffer as WebGpuBuffer).id}:${view.offset}:${view.size} `;
    const known = pipeline.bindGroups.get(key);
    if (known) return known;
    const group = this.#createBindGroup(pipeline, views);
    if (pipeline.bindGroups.size >= bindGroupsKept) pipeline.bindGroups.clear();
    pipeline.bindGroups.set(key, group);
    return group;
  }

  #createBindGroup({ kernel, layout }: Pipeline, views: readonly BufferView[]): GPUBindGroup {
    checkViews(kernel, views);
    return this.#gpu.createBindGroup({
      layout,
      label: kernel.name,
      entries: views.map(({ buffer, offset, size }, binding) => ({
        binding,
        resource: { buffer: (buffer as WebGpuBuffer).gpu, offset, size },
      })),
    });
  }

  #describe(error: GPUError): string {
    if (error.constructor.name !== 'GPUOutOfMemoryError') {
      return `The device refused a command: ${error.message}`;
    }
    const asked = this.#asked ? `${this.#asked.label} asked for ${size(this.#asked.bytes)}` : 'something';
    return (
      `The device is out of memory: ${asked}; ${describeHeld(this.#buffers)}. Use a smaller batch. ` +
      `${freeingAdvice} ${error.message}`
    );
  }

  #fail(error: DeviceError): void {
    this.#failure ??= error;
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }
}

/** @throws DeviceError that names the kernel. */
function checkViews({ name, bindings }: Kernel, views: readonly BufferView[]): void {
  if (views.length === bindings.length) return;
  throw new DeviceError(`${name}: ${views.length} buffers for ${bindings.length} bindings`);
}
