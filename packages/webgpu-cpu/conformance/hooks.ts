/**
 * What the conformance suite meets in place of some methods: a test that needs rendering, samplers, or WGSL outside of
 * the subset ends with what `skip` throws, instead of the error that a program would get.
 */
import { compileKernel, openWasmRuntime, WgslError } from '@glassbox/wgsl-wasm';
import type { Core } from '../src/core.ts';
import { globals } from '../src/index.ts';
import type { GPUShaderModule } from '../src/shader.ts';

export type Skip = (reason: string) => never;

/** What was asked of the compiler. */
export interface Tally {
  /** Modules by verdict. */
  valid: number;
  invalid: number;
  outside: number;
  dispatches: number;
}

/** Scopes that the suite itself opens for a test. */
const OWN_SCOPES = 3;

/** What is not here, by its class: methods that end the test, and the reason. */
const NOT_HERE: readonly (readonly [
  owner: { readonly prototype: object },
  reason: string,
  ...methods: string[],
])[] = [
  [globals.GPUDevice, 'needs an external texture', 'importExternalTexture'],
  [globals.GPUDevice, 'needs a sampler', 'createSampler'],
  [
    globals.GPUDevice,
    'needs a render pipeline',
    ...['createRenderPipeline', 'createRenderPipelineAsync', 'createRenderBundleEncoder'],
  ],
  [globals.GPUCommandEncoder, 'needs a render pass', 'beginRenderPass'],
  [globals.GPUQueue, 'needs images', 'copyExternalImageToTexture'],
];

/** How what is not here is refused: `notHere` of the package. */
const NOT_SUPPORTED = /([a-z][a-zA-Z ]*) are not supported by this WebGPU/;

// biome-ignore lint/suspicious/noExplicitAny: methods of any form
type Method = (this: { readonly core: Core }, ...args: any[]) => unknown;

/** Puts a method in place of another one, which it gets. */
function replace(
  owner: { readonly prototype: object },
  name: string,
  make: (before: Method) => Method,
): void {
  const prototype = owner.prototype as Record<string, Method>;
  Object.defineProperty(owner.prototype, name, {
    value: make(prototype[name]),
    configurable: true,
    writable: true,
  });
}

/** The place and the kind of a refusal, left out. */
const reasonOf = (message: string) =>
  `outside the subset: ${message
    .split('\n')[0]
    .replace(/^(create\w+: )?(kernel '[^']*': )?\d+:\d+: (unsupported: )?/, '')}`;

/** How modules are changed before they are compiled. */
export interface Hooks {
  /** Leaves out the textures and samplers that a module only declares. */
  leaveOutUnused: boolean;
  /** Leaves out the usage RENDER_ATTACHMENT of textures that have others: most tests only might draw to them. */
  leaveOutAttachments: boolean;
  /** Gives devices a new runtime in place of one whose kernels have become many. */
  refresh(): Promise<void>;
}

/** So many kernels may a runtime have; the suite uses few devices for all of its tests. */
const MOST_KERNELS = 200;

async function refresh(kernels: Map<Core, number>): Promise<void> {
  for (const [core, count] of kernels) {
    if (count < MOST_KERNELS) continue;
    kernels.delete(core);
    if (core.lostInfo) continue;
    const { runtime } = core;
    Object.assign(core, { runtime: await openWasmRuntime({ threads: 1, robust: true }) });
    await runtime.destroy();
  }
}

/** Installs them, for as long as the process lives. */
export function installHooks(skip: Skip, tally: Tally): Hooks {
  const kernels = new Map<Core, number>();
  const hooks: Hooks = { leaveOutUnused: false, leaveOutAttachments: false, refresh: () => refresh(kernels) };
  /** Ends the test, and closes the scopes that its expectations had opened above those of the suite itself. */
  const skipTest = (core: Core, reason: string): never => {
    core.scopes.length = Math.min(core.scopes.length, OWN_SCOPES);
    return skip(reason);
  };
  const outside = (core: Core, message: string): never => {
    tally.outside++;
    return skipTest(core, reasonOf(message));
  };
  for (const [owner, reason, ...methods] of NOT_HERE) {
    for (const name of methods) {
      replace(
        owner,
        name,
        () =>
          function () {
            return skipTest(this.core, reason);
          },
      );
    }
  }
  for (const name of ['createTexture', 'createBindGroupLayout', 'createBindGroup']) {
    replace(
      globals.GPUDevice,
      name,
      (before) =>
        function (given: object) {
          const descriptor = hooks.leaveOutAttachments ? withoutAttachment(given) : given;
          let made: unknown;
          const error = this.core.captured('validation', () => {
            made = before.call(this, descriptor);
          });
          const [, what] = NOT_SUPPORTED.exec(error?.message ?? '') ?? [];
          if (what) skipTest(this.core, `needs ${what}`);
          if (error) this.core.report(error);
          return made;
        },
    );
  }
  replace(
    globals.GPUTexture,
    'createView',
    (before) =>
      function (descriptor: GPUTextureViewDescriptor = {}) {
        const { RENDER_ATTACHMENT } = globals.GPUTextureUsage;
        if (hooks.leaveOutAttachments && (descriptor.usage ?? 0) & RENDER_ATTACHMENT)
          skipTest(this.core, 'needs render attachments');
        return before.call(this, descriptor);
      },
  );
  replace(
    globals.GPUDevice,
    'createShaderModule',
    (before) =>
      function (descriptor: GPUShaderModuleDescriptor) {
        const { core } = this;
        const code = hooks.leaveOutUnused ? withoutUnusedTextures(descriptor.code) : descriptor.code;
        let module: GPUShaderModule | undefined;
        const error = core.captured('validation', () => {
          module = before.call(this, { ...descriptor, code }) as GPUShaderModule;
        });
        const { refusal, entryPoints } = module!;
        if (refusal?.kind === 'subset') outside(core, refusal.message);
        if (!refusal) compileAll(code, entryPoints, (message) => outside(core, message));
        tally[refusal ? 'invalid' : 'valid']++;
        if (error) core.report(error);
        return module;
      },
  );
  replace(
    globals.GPUDevice,
    'createComputePipeline',
    (before) =>
      function (descriptor) {
        let pipeline: unknown;
        kernels.set(this.core, (kernels.get(this.core) ?? 0) + 1);
        const error = this.core.captured('internal', () => {
          pipeline = before.call(this, descriptor);
        });
        if (error) outside(this.core, error.message);
        return pipeline;
      },
  );
  replace(
    globals.GPUDevice,
    'createComputePipelineAsync',
    (before) =>
      async function (descriptor) {
        try {
          return await before.call(this, descriptor);
        } catch (error) {
          if ((error as GPUPipelineError).reason === 'internal') outside(this.core, (error as Error).message);
          throw error;
        }
      },
  );
  replace(
    globals.GPUComputePassEncoder,
    'dispatchWorkgroups',
    (before) =>
      function (...counts) {
        tally.dispatches++;
        return before.apply(this, counts);
      },
  );
  return hooks;
}

/** The same texture, to which nothing can be drawn. */
function withoutAttachment<T extends { readonly usage?: number; readonly sampleCount?: number }>(
  descriptor: T,
): T {
  const usage = (descriptor.usage ?? 0) & ~globals.GPUTextureUsage.RENDER_ATTACHMENT;
  return usage === 0 || descriptor.sampleCount === 4 ? descriptor : { ...descriptor, usage };
}

/** Whatever is valid must also compile, unless an override has its value only in a pipeline. */
function compileAll(
  code: string,
  entryPoints: readonly string[],
  onOutside: (message: string) => void,
): void {
  for (const entryPoint of entryPoints) {
    try {
      compileKernel(code, { entryPoint });
    } catch (error) {
      if (error instanceof WgslError && error.kind === 'override') return;
      // The back end refuses with a plain error that starts with the place.
      if (error instanceof WgslError || !/^\d+:\d+: /.test((error as Error).message)) throw error;
      onOutside((error as Error).message);
    }
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
