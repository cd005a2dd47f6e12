/** The device: modules, pipelines, a queue, error scopes. */

import type { CompiledKernel } from '../../src/compile.ts';
import { checkModule, compileKernel } from '../../src/complete.ts';
import { openWasmRuntime, type RuntimeKernel, type WasmRuntime, WgslError } from '../../src/index.ts';
import type { Diagnostic } from '../../src/syntax/diagnostics.ts';
import { type BindGroup, Buffer, type Command } from './buffer.ts';
import { Encoder } from './encoder.ts';
import { PipelineError, ValidationError } from './errors.ts';
import {
  type Pipeline,
  type PipelineDescriptor,
  type ShaderModule,
  type Skip,
  type Tally,
  unlessOutside,
  withoutUnusedTextures,
} from './modules.ts';

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
