/** Compute pipelines: a compiled kernel and the layout of what it takes. */
import { type CompiledKernel, type RuntimeKernel, WgslError } from '@glassbox/wgsl-wasm';
import { GPUBindGroupLayout, GPUPipelineLayout, type LayoutEntry } from './bindings.ts';
import { GPUShaderStage } from './constants.ts';
import { dictionary, own, size32 } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { GPUInternalError } from './errors.ts';
import { immediateOf } from './immediates.ts';
import { GPUShaderModule } from './shader.ts';
import { checkNeededEntry, checkTextureEntry, neededEntry } from './texture-bindings.ts';

type KernelBinding = CompiledKernel['bindings'][number];

const typeOf = ({ addressSpace, access, texture }: KernelBinding): LayoutEntry['type'] => {
  if (texture) return 'texture';
  if (addressSpace === 'uniform') return 'uniform';
  return access === 'read' ? 'read-only-storage' : 'storage';
};

let automatic = 0;

/** The layout of `layout: 'auto'`: what the kernel uses. */
function automaticLayout(core: Core, { bindings }: CompiledKernel, immediateSize: number): GPUPipelineLayout {
  const owner = `auto ${++automatic}`;
  const count = 1 + Math.max(-1, ...bindings.map(({ group }) => group));
  rule(
    count <= core.limits.maxBindGroups,
    () => `the group ${count - 1} must be below maxBindGroups, ${core.limits.maxBindGroups}`,
  );
  const groups = Array.from({ length: count }, (_, group) => {
    const entries = bindings
      .filter((binding) => binding.group === group)
      .map(
        (binding): LayoutEntry => ({
          binding: binding.binding,
          visibility: GPUShaderStage.COMPUTE,
          type: typeOf(binding),
          dynamic: false,
          minBindingSize: binding.texture ? 0 : binding.minimumBytes,
          texture: binding.texture && neededEntry(binding.texture, binding.access),
        }),
      );
    const { maxBindingsPerBindGroup } = core.limits;
    for (const { binding, texture, visibility } of entries) {
      rule(
        binding < maxBindingsPerBindGroup,
        () => `the binding ${binding} must be below maxBindingsPerBindGroup, ${maxBindingsPerBindGroup}`,
      );
      if (texture) checkTextureEntry(core, `the binding ${binding}`, texture, visibility);
    }
    return entries.length > 0 ? GPUBindGroupLayout.ofPipeline(core, entries, owner) : null;
  });
  return GPUPipelineLayout.ofPipeline(core, groups, immediateSize);
}

/** Holds a layout to what the kernel uses. */
function checkLayout({ groups, immediateSize }: GPUPipelineLayout, { bindings }: CompiledKernel): void {
  for (const kernel of bindings) {
    const { group, binding, name, minimumBytes, words } = kernel;
    if (words) {
      rule(
        minimumBytes <= immediateSize,
        () => `the layout's immediateSize is ${immediateSize}, and '${name}' needs ${minimumBytes} bytes`,
      );
      continue;
    }
    const at = `'${name}' at @group(${group}) @binding(${binding})`;
    const entry = groups[group]?.entries.find((candidate) => candidate.binding === binding);
    rule(entry !== undefined, () => `the layout has no entry for ${at}`);
    rule(
      (entry.visibility & GPUShaderStage.COMPUTE) !== 0,
      () => `the layout's entry for ${at} has a visibility without COMPUTE`,
    );
    rule(
      entry.type === typeOf(kernel),
      () =>
        `the layout's entry for ${at} is of type '${entry.type}', and the shader needs '${typeOf(kernel)}'`,
    );
    if (entry.texture && kernel.texture) {
      checkNeededEntry(at, entry.texture, neededEntry(kernel.texture, kernel.access));
      continue;
    }
    rule(
      entry.minBindingSize === 0 || entry.minBindingSize >= minimumBytes,
      () =>
        `the layout's entry for ${at} has minBindingSize ${entry.minBindingSize}, and the shader needs ${minimumBytes}`,
    );
  }
}

function checkLimits({ limits }: Core, { workgroupSize, workgroupBytes }: CompiledKernel): void {
  const most = (value: number, limit: keyof typeof limits & `max${string}`, what: string) =>
    rule(value <= limits[limit]!, () => `${what} of ${value} is above the limit ${limit}, ${limits[limit]}`);
  (['X', 'Y', 'Z'] as const).forEach((axis, i) => {
    most(workgroupSize[i], `maxComputeWorkgroupSize${axis}`, `a workgroup size in ${axis.toLowerCase()}`);
  });
  const [x, y, z] = workgroupSize;
  most(x * y * z, 'maxComputeInvocationsPerWorkgroup', 'a number of invocations in a workgroup');
  most(workgroupBytes, 'maxComputeWorkgroupStorageSize', 'a number of bytes of workgroup variables');
}

/** A compute shader that is ready to run. */
export class GPUComputePipeline extends DeviceObject implements globalThis.GPUComputePipeline {
  declare readonly __brand: 'GPUComputePipeline';
  /** @internal */
  readonly kind = 'compute pipeline';
  /** Null if the pipeline is not valid. @internal */
  readonly kernel: RuntimeKernel | null = null;
  /** Null if the pipeline is not valid. @internal */
  readonly layout: GPUPipelineLayout | null = null;

  /** @internal */
  constructor(core: Core, given: GPUComputePipelineDescriptor) {
    const owner = 'createComputePipeline';
    const descriptor = dictionary(owner, given);
    super(core, descriptor.label);
    const stage = dictionary(`${owner}: compute`, descriptor.compute);
    const module = own(GPUShaderModule, owner, 'compute.module', stage.module);
    const layout =
      descriptor.layout === 'auto' ? null : own(GPUPipelineLayout, owner, 'layout', descriptor.layout);
    const overrides: Record<string, number> = {};
    for (const [name, value] of Object.entries(stage.constants ?? {})) {
      if (!Number.isFinite(Number(value))) {
        throw new TypeError(`${owner}: the constant '${name}' must be a finite number, not ${value}`);
      }
      overrides[name] = Number(value);
    }
    if (core.lostInfo) return;
    this.valid = core.holds(`${owner}${this.label && ` '${this.label}'`}`, () => {
      module.requireValid(core);
      layout?.requireValid(core);
      const { entryPoint } = stage;
      const names = module.entryPoints;
      const list = `its compute shaders are ${names.join(', ') || 'none'}`;
      rule(
        entryPoint === undefined || names.includes(entryPoint),
        () => `the module has no compute shader '${entryPoint}'; ${list}`,
      );
      rule(
        entryPoint !== undefined || names.length === 1,
        () => `the module has ${names.length} compute shaders: name one as entryPoint; ${list}`,
      );
      const kernel = this.#compile(module, entryPoint ?? names[0], overrides);
      if (!kernel) return;
      const { compiled } = kernel;
      checkLimits(core, compiled);
      if (layout) checkLayout(layout, compiled);
      const immediateSize = 4 * Math.ceil((immediateOf(compiled)?.minimumBytes ?? 0) / 4);
      const whole = layout ?? automaticLayout(core, compiled, immediateSize);
      Object.assign(this, { kernel, layout: whole });
    });
    this.valid &&= this.kernel !== null;
  }

  /** The kernel, or null after an internal error. @throws what `Core.holds` reports for constants that do not fit */
  #compile(
    module: GPUShaderModule,
    entryPoint: string,
    overrides: Record<string, number>,
  ): RuntimeKernel | null {
    const name = this.label || module.label || entryPoint;
    try {
      return this.core.runtime.prepare({ name, wgsl: module.code, entryPoint, overrides });
    } catch (error) {
      const { cause, message } = error as Error;
      if (cause instanceof WgslError) rule(false, cause.message);
      this.core.report(new GPUInternalError(`createComputePipeline: ${message}`));
      return null;
    }
  }

  /** The layout of a bind group for the pipeline; a new object each time. */
  getBindGroupLayout(index: number): GPUBindGroupLayout {
    const group = size32('getBindGroupLayout', 'index', index);
    const { core } = this;
    let found: GPUBindGroupLayout | null = null;
    const valid = core.holds('getBindGroupLayout', () => {
      const { maxBindGroups } = core.limits;
      this.requireValid(core);
      rule(group < maxBindGroups, () => `the index ${group} must be below maxBindGroups, ${maxBindGroups}`);
      found = this.layout?.groups[group] ?? null;
    });
    return GPUBindGroupLayout.likeOf(core, found, valid);
  }
}
