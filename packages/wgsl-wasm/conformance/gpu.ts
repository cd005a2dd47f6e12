/**
 * As much of WebGPU as the conformance suite's shader tests use, over the compiler and the runtime of this package:
 * modules, compute pipelines, buffers, dispatches, error scopes. What is outside the subset ends the test with what
 * `skip` throws.
 */
import { globals } from 'webgpu';
import { checkModule, FEATURES } from '../src/check/check.ts';
import { type CompiledKernel, compileKernel } from '../src/compile.ts';
import {
  openWasmRuntime,
  type RuntimeBuffer,
  type RuntimeKernel,
  type WasmRuntime,
  WgslError,
} from '../src/index.ts';
import type { Diagnostic } from '../src/syntax/diagnostics.ts';

class ValidationError extends Error {}
class OutOfMemoryError extends Error {}
class InternalError extends Error {}
class PipelineError extends Error {
  readonly reason = 'validation';
}

/** Makes the constants and classes of WebGPU global, as the suite expects them. */
export function defineGlobals(): void {
  Object.assign(globalThis, globals, {
    GPUValidationError: ValidationError,
    GPUOutOfMemoryError: OutOfMemoryError,
    GPUInternalError: InternalError,
    GPUPipelineError: PipelineError,
  });
}

export type Skip = (reason: string) => never;

/** What was asked of the compiler. */
export interface Tally {
  /** Modules by verdict. */
  valid: number;
  invalid: number;
  outside: number;
  dispatches: number;
}

interface ShaderModule {
  readonly code: string;
  readonly refusal: WgslError | null;
  /** Its entry points, unless there are overrides, which have their values only in a pipeline. */
  readonly compiled: ReadonlyMap<string, CompiledKernel>;
  getCompilationInfo(): Promise<{ messages: object[] }>;
}

interface PipelineDescriptor {
  readonly compute: {
    readonly module: ShaderModule;
    readonly entryPoint?: string;
    readonly constants?: Record<string, number>;
  };
}

interface Pipeline {
  readonly kernel: (() => Promise<RuntimeKernel>) | null;
  getBindGroupLayout(): object;
}

/** Runs `work` and turns a refusal of kind `subset`, or one by the back end, into a skip. */
function unlessOutside<T>(skip: Skip, tally: Tally, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The back end refuses with a plain error that starts with the place.
    const outside =
      error instanceof WgslError
        ? error.kind === 'subset'
        : error instanceof Error && /^\d+:\d+: /.test(error.message);
    if (!outside) throw error;
    tally.outside++;
    skip(
      `outside the subset: ${(error as Error).message.split('\n')[0].replace(/^\d+:\d+: (unsupported: )?/, '')}`,
    );
  }
}

/**
 * The module without the textures and samplers that nothing in it mentions. Tests about control flow declare some in
 * every module, for those of their variants that run in a fragment stage.
 */
export function withoutUnusedTextures(code: string): string {
  const declaration =
    /@group\(\d+\)\s*@binding\(\d+\)\s*var\s+(\w+)\s*:\s*(?:texture_\w+|sampler(?:_comparison)?)(?:<[^>]*>)?\s*;/g;
  return code.replace(declaration, (whole, name: string) =>
    code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1 ? '' : whole,
  );
}

class Buffer {
  readonly size: number;
  readonly usage: number;
  readonly memory: RuntimeBuffer;
  private mapped: ArrayBuffer | null = null;
  private readonly device: Device;

  constructor(device: Device, descriptor: { size: number; usage: number; mappedAtCreation?: boolean }) {
    this.device = device;
    this.size = descriptor.size;
    this.usage = descriptor.usage;
    this.memory = device.runtime.createBuffer(Math.max(4, Math.ceil(this.size / 4) * 4));
    if (descriptor.mappedAtCreation) this.mapped = new ArrayBuffer(this.size);
  }

  async mapAsync(_mode: number, offset = 0, size = this.size - offset): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    const whole = new Uint8Array(this.size);
    whole.set(new Uint8Array(await this.device.runtime.read(this.memory, offset, size)), offset);
    this.mapped = whole.buffer;
  }

  getMappedRange(offset = 0, size = this.size - offset): ArrayBuffer {
    if (!this.mapped) throw new Error('the buffer is not mapped');
    return offset === 0 && size === this.size ? this.mapped : this.mapped.slice(offset, offset + size);
  }

  unmap(): void {
    if (this.mapped) this.device.runtime.write(this.memory, 0, new Uint8Array(this.mapped));
    this.mapped = null;
  }

  /** Once what was submitted so far has run. */
  destroy(): void {
    const { runtime } = this.device;
    this.device.enqueue(() => runtime.destroyBuffer(this.memory));
  }
}

interface BindGroup {
  readonly entries: readonly {
    readonly binding: number;
    readonly resource: { readonly buffer: Buffer; readonly offset?: number; readonly size?: number };
  }[];
}

type Command = () => void | Promise<void>;

class Encoder {
  readonly commands: Command[] = [];
  private readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  beginComputePass() {
    const groups: BindGroup[] = [];
    let pipeline: Pipeline | null = null;
    const dispatch = (size: () => Promise<[number, number, number]>) => {
      const [current, bound] = [pipeline as Pipeline | null, [...groups]];
      if (!current?.kernel) return;
      const { kernel } = current;
      this.commands.push(async () => this.device.dispatch(await kernel(), bound, await size()));
    };
    return {
      setPipeline: (next: Pipeline) => {
        pipeline = next;
      },
      setBindGroup: (index: number, group: BindGroup) => {
        groups[index] = group;
      },
      dispatchWorkgroups: (x: number, y = 1, z = 1) => dispatch(async () => [x, y, z]),
      dispatchWorkgroupsIndirect: (buffer: Buffer, offset: number) =>
        dispatch(async () => {
          const [x, y, z] = new Uint32Array(await this.device.runtime.read(buffer.memory, offset, 12));
          return [x, y, z];
        }),
      end: () => {},
    };
  }

  copyBufferToBuffer(from: Buffer, fromOffset: number, to: Buffer, toOffset: number, size: number): void {
    const { runtime } = this.device;
    this.commands.push(async () =>
      runtime.write(to.memory, toOffset, new Uint8Array(await runtime.read(from.memory, fromOffset, size))),
    );
  }

  finish(): Encoder {
    return this;
  }
}

export class Device {
  readonly features = new Set(['core-features-and-limits']);
  readonly limits: Record<string, number>;
  readonly adapterInfo = { vendor: 'glassbox', architecture: 'wasm', device: '', description: '' };
  private loss = Promise.withResolvers<object>();
  readonly queue;
  runtime!: WasmRuntime;
  /** Leaves out the textures and samplers that a module only declares. */
  leaveOutUnused = false;
  private tail: Promise<void> = Promise.resolve();
  private readonly scopes: { readonly filter: string; error: Error | null }[] = [];
  private readonly skip: Skip;
  private readonly tally: Tally;

  constructor(limits: Record<string, number>, skip: Skip, tally: Tally) {
    this.limits = limits;
    this.skip = skip;
    this.tally = tally;
    this.queue = {
      submit: (lists: Encoder[]) => {
        for (const command of lists.flatMap((list) => list.commands)) this.enqueue(command);
      },
      writeBuffer: (buffer: Buffer, offset: number, data: ArrayBufferView | ArrayBuffer) => {
        const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
        const copy = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
        this.enqueue(() => this.runtime.write(buffer.memory, offset, copy));
      },
      onSubmittedWorkDone: async () => {
        const { tail } = this;
        try {
          await tail;
        } finally {
          if (this.tail === tail) this.tail = Promise.resolve();
        }
      },
    };
  }

  /** A new runtime in place of the old one, whose kernels and memory would otherwise add up. */
  async refresh(): Promise<void> {
    await this.queue.onSubmittedWorkDone().catch(() => {});
    await this.runtime?.destroy();
    this.runtime = await openWasmRuntime({ threads: 1 });
  }

  enqueue(command: Command): void {
    this.tail = this.tail.then(command);
    // Whoever waits for the queue sees the failure.
    this.tail.catch(() => {});
  }

  get lost(): Promise<object> {
    return this.loss.promise;
  }

  /** The suite gives a device up that failed, and asks for another one, which is this one again. */
  destroy(): void {
    this.loss.resolve({ reason: 'destroyed', message: '' });
    this.loss = Promise.withResolvers();
  }

  pushErrorScope(filter: string): void {
    this.scopes.push({ filter, error: null });
  }

  async popErrorScope(): Promise<Error | null> {
    const scope = this.scopes.pop();
    if (!scope) throw new DOMException('there is no error scope', 'OperationError');
    return scope.error;
  }

  private report(message: string): void {
    const scope = this.scopes.findLast(({ filter }) => filter === 'validation');
    if (scope) scope.error ??= new ValidationError(message);
  }

  /** Ends the test, and closes the scope that its expectation had just opened above the three of the suite itself. */
  private skipTest(reason: string): never {
    this.scopes.length = Math.min(this.scopes.length, 3);
    this.skip(reason);
  }

  createShaderModule(descriptor: { code: string }): ShaderModule {
    const { tally } = this;
    const code = this.leaveOutUnused ? withoutUnusedTextures(descriptor.code) : descriptor.code;
    let refusal: WgslError | null = null;
    let warnings: readonly Diagnostic[] = [];
    const compiled = new Map<string, CompiledKernel>();
    unlessOutside(this.skipTest.bind(this), tally, () => {
      try {
        const { entryPoints, overrides, ...checked } = checkModule(code);
        warnings = checked.warnings;
        if (overrides.length > 0) return;
        // Whatever is valid must also compile.
        for (const { name } of entryPoints) compiled.set(name, compileKernel(code, { entryPoint: name }));
      } catch (error) {
        if (!(error instanceof WgslError) || error.kind === 'subset') throw error;
        refusal = error;
      }
    });
    tally[refusal ? 'invalid' : 'valid']++;
    if (refusal) this.report((refusal as WgslError).message);
    const diagnostics = (refusal as WgslError | null)?.diagnostics ?? warnings;
    const messages = diagnostics.map(({ kind, message, line, column }) => ({
      type: kind === 'warning' ? 'warning' : 'error',
      message,
      lineNum: line,
      linePos: column,
    }));
    return { code, refusal, compiled, getCompilationInfo: async () => ({ messages }) };
  }

  createComputePipeline({ compute }: PipelineDescriptor): Pipeline {
    const { module, entryPoint, constants } = compute;
    const options = { entryPoint, overrides: constants };
    const name = entryPoint ?? [...module.compiled.keys()][0];
    let compiled = constants ? null : (module.compiled.get(name) ?? null);
    if (compiled) {
      // Nothing can be wrong with it any more.
    } else if (module.refusal) {
      this.report('the shader module is not valid');
    } else {
      unlessOutside(this.skipTest.bind(this), this.tally, () => {
        try {
          compiled = compileKernel(module.code, options);
        } catch (error) {
          if (error instanceof WgslError && error.kind === 'subset') throw error;
          if (
            error instanceof Error &&
            /^\d+:\d+: |^internal/.test(error.message) &&
            !(error instanceof WgslError)
          )
            throw error;
          this.report((error as Error).message);
        }
      });
    }
    const source = { name: entryPoint ?? 'main', wgsl: module.code, ...options };
    return {
      kernel: compiled ? async () => this.runtime.prepare(source) : null,
      getBindGroupLayout: () => ({}),
    };
  }

  async createComputePipelineAsync(descriptor: PipelineDescriptor): Promise<Pipeline> {
    this.pushErrorScope('validation');
    let pipeline: Pipeline;
    let error: Error | null;
    const depth = this.scopes.length;
    try {
      pipeline = this.createComputePipeline(descriptor);
    } finally {
      error = this.scopes[depth - 1]?.error ?? null;
      this.scopes.length = depth - 1;
    }
    if (error) throw new PipelineError(error.message);
    return pipeline;
  }

  createBindGroup(group: BindGroup): BindGroup {
    return group;
  }
  createBindGroupLayout(): object {
    return {};
  }
  createPipelineLayout(): object {
    return {};
  }
  createBuffer(descriptor: { size: number; usage: number; mappedAtCreation?: boolean }): Buffer {
    return new Buffer(this, descriptor);
  }
  createCommandEncoder(): Encoder {
    return new Encoder(this);
  }
  createRenderPipeline(): never {
    this.skipTest('needs a render pipeline');
  }
  createTexture(): never {
    this.skipTest('needs a texture');
  }
  createSampler(): never {
    this.skipTest('needs a sampler');
  }

  async dispatch(
    kernel: RuntimeKernel,
    groups: BindGroup[],
    workgroups: [number, number, number],
  ): Promise<void> {
    this.tally.dispatches++;
    const buffers = kernel.compiled.bindings.map(({ group, binding, name }) => {
      const entry = groups[group]?.entries.find((candidate) => candidate.binding === binding);
      if (!entry) throw new Error(`no buffer is bound to '${name}' (group ${group}, binding ${binding})`);
      const { buffer, offset = 0, size = buffer.size - offset } = entry.resource;
      return { buffer: buffer.memory, offset, size };
    });
    this.runtime.submit([{ kernel, buffers, workgroups }]);
    await this.runtime.synchronize();
  }
}

/** An object as `navigator.gpu`, with one adapter and one device. `limits`: those of WebGPU by default. */
export async function openGpu(limits: Record<string, number>, skip: Skip, tally: Tally) {
  const device = new Device(limits, skip, tally);
  await device.refresh();
  const adapter = {
    features: device.features,
    limits,
    info: device.adapterInfo,
    isFallbackAdapter: false,
    requestDevice: async () => device,
  };
  const gpu = { wgslLanguageFeatures: FEATURES, requestAdapter: async () => adapter };
  return { gpu, device };
}
