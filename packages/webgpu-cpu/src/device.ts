/** The device: it makes everything else. */
import { GPUBindGroup, GPUBindGroupLayout, GPUPipelineLayout } from './bindings.ts';
import { GPUBuffer } from './buffer.ts';
import type { Core } from './core.ts';
import { GPUCommandEncoder } from './encoder.ts';
import {
  type GPUDeviceLostInfo,
  type GPUError,
  GPUInternalError,
  GPUPipelineError,
  GPUUncapturedErrorEvent,
} from './errors.ts';
import type { GPUSupportedLimits } from './limits.ts';
import { GPUComputePipeline } from './pipeline.ts';
import { GPUQuerySet } from './query-set.ts';
import { GPUQueue } from './queue.ts';
import * as refused from './refused.ts';
import { GPUShaderModule } from './shader.ts';
import { GPUTexture } from './texture.ts';

type Listener = ((this: globalThis.GPUDevice, event: globalThis.GPUUncapturedErrorEvent) => unknown) | null;

/** A processor as a device of WebGPU. */
export class GPUDevice extends EventTarget implements globalThis.GPUDevice {
  declare readonly __brand: 'GPUDevice';
  /** Its name in messages. */
  label: string;
  /** What was asked for, and `core-features-and-limits`. */
  readonly features: ReadonlySet<string>;
  /** What it holds objects to. */
  readonly limits: GPUSupportedLimits;
  /** What it is. */
  readonly adapterInfo: GPUAdapterInfo;
  /** Where work is given to it. */
  readonly queue: GPUQueue;
  /** @internal */
  readonly core: Core;
  /** Those to unmap when the device ends; nobody is kept alive by being in here. */
  readonly #buffers = new Set<WeakRef<GPUBuffer>>();
  readonly #references = new WeakMap<GPUBuffer, WeakRef<GPUBuffer>>();
  readonly #collected = new FinalizationRegistry<WeakRef<GPUBuffer>>((ref) => this.#buffers.delete(ref));
  #listener: Listener = null;

  /** @internal */
  constructor(core: Core, info: GPUAdapterInfo, descriptor: GPUDeviceDescriptor) {
    super();
    this.core = core;
    this.label = String(descriptor.label ?? '');
    this.features = core.features;
    this.limits = core.limits;
    this.adapterInfo = info;
    this.queue = new GPUQueue(core, descriptor.defaultQueue);
    core.onUncaptured = (error) => this.#uncaptured(error);
    core.onLost = () => {
      for (const buffer of this.#buffers) buffer.deref()?.unmap();
      this.#buffers.clear();
    };
  }

  // --- its life -----------------------------------------------------------------------------------------------------

  /** Resolves when it is lost: after `destroy()`, or when a kernel does not end. Nothing works afterwards. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.core.lost;
  }

  /** Ends it, its memory and its threads. */
  destroy(): undefined {
    this.core.lose('destroyed', 'destroy() was called');
  }

  /** From here on, errors of a kind go to this scope and not further. */
  pushErrorScope(filter: GPUErrorFilter): undefined {
    this.core.pushErrorScope(filter);
  }

  /**
   * Ends the innermost scope. @returns its first error, null if there was none
   * @throws DOMException `OperationError` if there is no scope
   */
  popErrorScope(): Promise<GPUError | null> {
    return this.core.popErrorScope();
  }

  /** Called with errors that no scope catches, as listeners of `uncapturederror` are. */
  get onuncapturederror(): Listener {
    return this.#listener;
  }
  set onuncapturederror(listener: Listener) {
    const next = typeof listener === 'function' ? listener : null;
    // A listener that takes the place of another one keeps its turn.
    if (next && !this.#listener) this.addEventListener('uncapturederror', this.#callListener);
    if (!next) this.removeEventListener('uncapturederror', this.#callListener);
    this.#listener = next;
  }
  readonly #callListener = (event: Event): void => {
    this.#listener?.call(this, event as GPUUncapturedErrorEvent);
  };

  /** In a task of its own. Unless a listener calls `preventDefault()`, it is shown. */
  #uncaptured(error: GPUError): void {
    setTimeout(() => {
      const shown = this.dispatchEvent(
        new GPUUncapturedErrorEvent('uncapturederror', { error, cancelable: true }),
      );
      if (shown) console.warn(`WebGPU: uncaptured ${error.constructor.name}: ${error.message}`);
    }, 0);
  }

  // --- what it makes ------------------------------------------------------------------------------------------------

  /** A buffer of zeros. */
  createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = new GPUBuffer(this.core, descriptor, (gone) => {
      const ref = this.#references.get(gone);
      if (ref) this.#buffers.delete(ref);
    });
    const ref = new WeakRef(buffer);
    this.#references.set(buffer, ref);
    this.#buffers.add(ref);
    this.#collected.register(buffer, ref);
    return buffer;
  }

  /** A texture of zeros. */
  createTexture(descriptor: GPUTextureDescriptor): GPUTexture {
    return new GPUTexture(this.core, descriptor);
  }

  /** Which buffers and textures bind groups have. */
  createBindGroupLayout(descriptor: GPUBindGroupLayoutDescriptor): GPUBindGroupLayout {
    return GPUBindGroupLayout.create(this.core, descriptor);
  }

  /** Which bind groups pipelines take. */
  createPipelineLayout(descriptor: GPUPipelineLayoutDescriptor): GPUPipelineLayout {
    return GPUPipelineLayout.create(this.core, descriptor);
  }

  /** Buffers and textures that are bound together. */
  createBindGroup(descriptor: GPUBindGroupDescriptor): GPUBindGroup {
    return new GPUBindGroup(this.core, descriptor);
  }

  /** A text in WGSL, checked. */
  createShaderModule(descriptor: GPUShaderModuleDescriptor): GPUShaderModule {
    return new GPUShaderModule(this.core, descriptor);
  }

  /** A compute shader, compiled. */
  createComputePipeline(descriptor: GPUComputePipelineDescriptor): GPUComputePipeline {
    return new GPUComputePipeline(this.core, descriptor);
  }

  /** The same. @throws GPUPipelineError what `createComputePipeline` reports */
  async createComputePipelineAsync(descriptor: GPUComputePipelineDescriptor): Promise<GPUComputePipeline> {
    const core = this.core;
    let pipeline: GPUComputePipeline | undefined;
    let internal: GPUError | null = null;
    const invalid = core.captured('validation', () => {
      internal = core.captured('internal', () => {
        pipeline = new GPUComputePipeline(core, descriptor);
      });
    });
    const error = invalid ?? (internal as GPUError | null);
    if (!error) return pipeline!;
    // By then the device may be lost: everything is valid on a lost device.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (core.lostInfo) return pipeline!;
    const reason = error instanceof GPUInternalError ? 'internal' : 'validation';
    throw new GPUPipelineError(error.message, { reason });
  }

  /** Writes a list of commands. */
  createCommandEncoder(descriptor?: GPUCommandEncoderDescriptor): GPUCommandEncoder {
    return new GPUCommandEncoder(this.core, descriptor);
  }

  /** Results of queries, as the times of passes. */
  createQuerySet(descriptor: GPUQuerySetDescriptor): GPUQuerySet {
    return new GPUQuerySet(this.core, descriptor);
  }

  // --- what is not here ---------------------------------------------------------------------------------------------

  createSampler(descriptor?: GPUSamplerDescriptor): GPUSampler {
    refused.refuse(this.core, 'createSampler', 'samplers');
    return new refused.GPUSampler(this.core, descriptor) as unknown as GPUSampler;
  }
  importExternalTexture(descriptor: GPUExternalTextureDescriptor): GPUExternalTexture {
    refused.refuse(this.core, 'importExternalTexture', 'external textures');
    return new refused.GPUExternalTexture(this.core, descriptor) as unknown as GPUExternalTexture;
  }
  createRenderPipeline(descriptor: GPURenderPipelineDescriptor): GPURenderPipeline {
    refused.refuse(this.core, 'createRenderPipeline', 'render pipelines');
    return new refused.GPURenderPipeline(this.core, descriptor) as unknown as GPURenderPipeline;
  }
  async createRenderPipelineAsync(_descriptor: GPURenderPipelineDescriptor): Promise<GPURenderPipeline> {
    const message = `createRenderPipelineAsync: ${refused.notHere('render pipelines')}`;
    throw new GPUPipelineError(message, { reason: 'validation' });
  }
  createRenderBundleEncoder(descriptor: GPURenderBundleEncoderDescriptor): GPURenderBundleEncoder {
    refused.refuse(this.core, 'createRenderBundleEncoder', 'render bundles');
    return new refused.GPURenderBundleEncoder(this.core, descriptor) as unknown as GPURenderBundleEncoder;
  }
}
