/** Bind group layouts, pipeline layouts, bind groups. */
import { GPUBuffer } from './buffer.ts';
import { GPUShaderStage } from './constants.ts';
import { dictionary, own, sequence, size32, size64, word } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { notHere } from './refused.ts';
import { GPUTexture, GPUTextureView } from './texture.ts';
import { bindTexture, checkTextureEntry, readTextureEntry, type TextureEntry } from './texture-bindings.ts';

const { VERTEX, FRAGMENT, COMPUTE } = GPUShaderStage;
const TYPES = ['uniform', 'storage', 'read-only-storage'] as const;
const KINDS = ['buffer', 'sampler', 'texture', 'storageTexture', 'externalTexture'] as const;

/** A binding of a layout. @internal */
export interface LayoutEntry {
  readonly binding: number;
  readonly visibility: number;
  readonly type: GPUBufferBindingType | 'texture';
  readonly dynamic: boolean;
  readonly minBindingSize: number;
  /** Of a texture; else null. */
  readonly texture: TextureEntry | null;
}

/** Whether a kernel may write to it. @internal */
export const isWritten = ({ type, texture }: LayoutEntry): boolean =>
  texture ? /write/.test(texture.access) : type === 'storage';

/** Holds the number of bindings to the limits. `what` starts the message. */
function checkCounts(core: Core, entries: readonly LayoutEntry[]): void {
  const { limits } = core;
  const most = (
    limit: keyof typeof limits & `max${string}`,
    counts: (entry: LayoutEntry) => boolean,
    kind: string,
  ) => {
    const count = entries.filter(counts).length;
    rule(count <= limits[limit]!, () => `${count} ${kind} are above the limit ${limit}, ${limits[limit]}`);
  };
  const uniform = ({ type }: LayoutEntry) => type === 'uniform';
  const storage = ({ type }: LayoutEntry) => type.endsWith('storage');
  const sees = (entry: LayoutEntry, stage: number) => (entry.visibility & stage) !== 0;
  for (const stage of [VERTEX, FRAGMENT, COMPUTE]) {
    most('maxUniformBuffersPerShaderStage', (e) => uniform(e) && sees(e, stage), 'uniform buffers');
    most('maxStorageBuffersPerShaderStage', (e) => storage(e) && sees(e, stage), 'storage buffers');
    const textures = (sampled: boolean) => (e: LayoutEntry) =>
      e.texture !== null && (e.texture.access === 'sampled') === sampled && sees(e, stage);
    most('maxStorageTexturesPerShaderStage', textures(false), 'storage textures');
    most('maxSampledTexturesPerShaderStage', textures(true), 'sampled textures');
  }
  most(
    'maxDynamicUniformBuffersPerPipelineLayout',
    (e) => uniform(e) && e.dynamic,
    'dynamic uniform buffers',
  );
  most(
    'maxDynamicStorageBuffersPerPipelineLayout',
    (e) => storage(e) && e.dynamic,
    'dynamic storage buffers',
  );
}

function readEntry(
  descriptor: GPUBindGroupLayoutEntry,
  index: number,
): LayoutEntry & { readonly other: string | null } {
  const owner = `createBindGroupLayout: entries[${index}]`;
  const entry = dictionary(owner, descriptor);
  const given = KINDS.filter((kind) => entry[kind] !== undefined);
  const { buffer, texture } = entry;
  const isTexture = Boolean(texture ?? entry.storageTexture);
  const [kind] = given;
  return {
    binding: size32(owner, 'binding', entry.binding),
    visibility: size32(owner, 'visibility', entry.visibility),
    type: isTexture ? 'texture' : word(owner, 'type', buffer?.type ?? 'uniform', TYPES),
    dynamic: Boolean(buffer?.hasDynamicOffset),
    minBindingSize: size64(owner, 'minBindingSize', buffer?.minBindingSize ?? 0),
    texture: isTexture ? readTextureEntry(owner, entry) : null,
    other:
      given.length !== 1
        ? `must have one of ${KINDS.join(', ')}`
        : texture?.multisampled
          ? notHere('multisampled textures')
          : buffer || isTexture
            ? null
            : `is of the kind '${kind}': ${notHere('samplers and external textures')}`,
  };
}

/** Which buffers and textures a bind group has, and how they are used. */
export class GPUBindGroupLayout extends DeviceObject implements globalThis.GPUBindGroupLayout {
  declare readonly __brand: 'GPUBindGroupLayout';
  /** @internal */
  readonly kind = 'bind group layout';
  /** By binding. @internal */
  readonly entries: readonly LayoutEntry[];
  /** Equal for layouts that may stand for each other. @internal */
  readonly key: string;

  /** Names the pipeline whose automatic layout it belongs to; empty if there is none. @internal */
  readonly pipeline: string;

  /** @internal */
  constructor(core: Core, label: unknown, entries: readonly LayoutEntry[], pipeline: string) {
    super(core, label);
    this.pipeline = pipeline;
    this.entries = [...entries].sort((a, b) => a.binding - b.binding);
    this.key = JSON.stringify([pipeline, this.entries.map((e) => Object.values(e))]);
  }

  /** `createBindGroupLayout`. @internal */
  static create(core: Core, given: GPUBindGroupLayoutDescriptor): GPUBindGroupLayout {
    const descriptor = dictionary('createBindGroupLayout', given);
    const read = sequence('createBindGroupLayout', 'entries', descriptor.entries).map(readEntry);
    const entries = read.map(({ other, ...entry }) => entry);
    const layout = new GPUBindGroupLayout(core, descriptor.label, entries, '');
    layout.valid = core.holds('createBindGroupLayout', () => {
      const { maxBindingsPerBindGroup } = core.limits;
      read.forEach(({ binding, visibility, type, texture, other }, i) => {
        rule(other === null, `entries[${i}] ${other}`);
        rule(
          binding < maxBindingsPerBindGroup,
          () => `the binding ${binding} must be below maxBindingsPerBindGroup, ${maxBindingsPerBindGroup}`,
        );
        rule(
          !read.some((e, k) => k < i && e.binding === binding),
          () => `the binding ${binding} stands twice`,
        );
        rule((visibility & ~7) === 0, () => `the visibility ${visibility} has unknown stages`);
        rule(
          type !== 'storage' || (visibility & VERTEX) === 0,
          `entries[${i}]: a vertex stage cannot write to a storage buffer`,
        );
        if (texture) checkTextureEntry(core, `entries[${i}]`, texture, visibility);
      });
      checkCounts(core, entries);
    });
    return layout;
  }

  /** Of a pipeline with an automatic layout. @internal */
  static ofPipeline(core: Core, entries: readonly LayoutEntry[], pipeline: string): GPUBindGroupLayout {
    return new GPUBindGroupLayout(core, undefined, entries, pipeline);
  }

  /** A new object for the same layout; without one, a layout of nothing. @internal */
  static likeOf(core: Core, layout: GPUBindGroupLayout | null, valid: boolean): GPUBindGroupLayout {
    const copy = new GPUBindGroupLayout(core, layout?.label, layout?.entries ?? [], layout?.pipeline ?? '');
    copy.valid = valid;
    return copy;
  }
}

/** The layouts of all bind groups that a pipeline takes. */
export class GPUPipelineLayout extends DeviceObject implements globalThis.GPUPipelineLayout {
  declare readonly __brand: 'GPUPipelineLayout';
  /** @internal */
  readonly kind = 'pipeline layout';
  /** By group; null where there is none. @internal */
  readonly groups: readonly (GPUBindGroupLayout | null)[];
  /** Bytes of immediate data. @internal */
  readonly immediateSize: number;

  /** @internal */
  constructor(
    core: Core,
    label: unknown,
    groups: readonly (GPUBindGroupLayout | null)[],
    immediateSize: number,
  ) {
    super(core, label);
    this.groups = groups;
    this.immediateSize = immediateSize;
  }

  #check(): void {
    const { core, groups, immediateSize } = this;
    const { maxBindGroups, maxImmediateSize } = core.limits;
    rule(immediateSize % 4 === 0, () => `immediateSize ${immediateSize} is not a multiple of 4`);
    rule(
      immediateSize <= maxImmediateSize,
      () => `immediateSize ${immediateSize} is above the limit maxImmediateSize, ${maxImmediateSize}`,
    );
    rule(
      groups.length <= maxBindGroups,
      () => `${groups.length} bind group layouts are above the limit maxBindGroups, ${maxBindGroups}`,
    );
    for (const group of groups) group?.requireValid(core);
    checkCounts(
      core,
      groups.flatMap((group) => group?.entries ?? []),
    );
  }

  /** `createPipelineLayout`. @internal */
  static create(core: Core, given: GPUPipelineLayoutDescriptor): GPUPipelineLayout {
    const owner = 'createPipelineLayout';
    const descriptor = dictionary(owner, given);
    const groups = sequence(owner, 'bindGroupLayouts', descriptor.bindGroupLayouts).map((group, i) =>
      group === null || group === undefined
        ? null
        : own(GPUBindGroupLayout, owner, `bindGroupLayouts[${i}]`, group),
    );
    const immediates = size32(owner, 'immediateSize', descriptor.immediateSize ?? 0);
    const layout = new GPUPipelineLayout(core, descriptor.label, groups, immediates);
    layout.valid = core.holds(owner, () => {
      for (const group of groups) {
        rule(
          !group?.pipeline,
          "a layout that a pipeline made by layout: 'auto' is that pipeline's alone; make one by createBindGroupLayout",
        );
      }
      layout.#check();
    });
    return layout;
  }

  /** An automatic layout. @throws what `Core.holds` reports if it is above a limit. @internal */
  static ofPipeline(
    core: Core,
    groups: readonly (GPUBindGroupLayout | null)[],
    immediateSize: number,
  ): GPUPipelineLayout {
    const layout = new GPUPipelineLayout(core, undefined, groups, immediateSize);
    layout.#check();
    return layout;
  }
}

/** A buffer or a texture that is bound. @internal */
export interface BoundResource {
  readonly entry: LayoutEntry;
  readonly buffer: GPUBuffer | GPUTextureView;
  readonly offset: number;
  readonly size: number;
}

/** Buffers and textures that are bound together. */
export class GPUBindGroup extends DeviceObject implements globalThis.GPUBindGroup {
  declare readonly __brand: 'GPUBindGroup';
  /** @internal */
  readonly kind = 'bind group';
  /** @internal */
  readonly layout: GPUBindGroupLayout;
  /** By binding. @internal */
  readonly bound: readonly BoundResource[];

  /** @internal */
  constructor(core: Core, given: GPUBindGroupDescriptor) {
    const owner = 'createBindGroup';
    const descriptor = dictionary(owner, given);
    super(core, descriptor.label);
    this.layout = own(GPUBindGroupLayout, owner, 'layout', descriptor.layout);
    const resources = sequence(owner, 'entries', descriptor.entries).map((entry, i) =>
      readResource(`${owner}: entries[${i}]`, entry),
    );
    const bound: BoundResource[] = [];
    this.valid = core.holds(`${owner}${this.label && ` '${this.label}'`}`, () => {
      this.layout.requireValid(core);
      const { entries } = this.layout;
      rule(
        resources.length === entries.length,
        () => `it has ${resources.length} entries, and its layout ${entries.length}`,
      );
      for (const entry of entries) {
        const found = resources.filter(({ binding }) => binding === entry.binding);
        rule(
          found.length === 1,
          () => `the binding ${entry.binding} must be given once, not ${found.length} times`,
        );
        bound.push(bind(core, entry, found[0]));
      }
    });
    this.bound = bound;
  }
}

interface Resource {
  readonly binding: number;
  readonly buffer: GPUBuffer | GPUTextureView | null;
  readonly offset: number;
  readonly size: number | undefined;
}

function readResource(owner: string, given: GPUBindGroupEntry): Resource {
  const entry = dictionary(owner, given);
  const binding = size32(owner, 'binding', entry.binding);
  const resource = dictionary(`${owner}: resource`, entry.resource as object);
  if (resource instanceof GPUBuffer || resource instanceof GPUTextureView)
    return { binding, buffer: resource, offset: 0, size: undefined };
  if (resource instanceof GPUTexture)
    return { binding, buffer: resource.createView(), offset: 0, size: undefined };
  if (!('buffer' in resource)) return { binding, buffer: null, offset: 0, size: undefined };
  const { buffer, offset, size } = resource as GPUBufferBinding;
  return {
    binding,
    buffer: own(GPUBuffer, owner, 'buffer', buffer),
    offset: size64(owner, 'offset', offset ?? 0),
    size: size === undefined ? undefined : size64(owner, 'size', size),
  };
}

/** Checks a buffer or texture against its entry of the layout. */
function bind(core: Core, entry: LayoutEntry, { buffer, offset, size: given }: Resource): BoundResource {
  const { limits } = core;
  const at = `binding ${entry.binding}`;
  rule(buffer !== null, () => `${at}: ${notHere('samplers')}`);
  if (entry.texture) return { entry, offset, ...bindTexture(core, at, entry.texture, buffer) };
  rule(buffer instanceof GPUBuffer, () => `${at}: a buffer is needed`);
  buffer.requireValid(core);
  const uniform = entry.type === 'uniform';
  buffer.requireUsage(uniform ? 'UNIFORM' : 'STORAGE');
  const [align, most] = uniform
    ? (['minUniformBufferOffsetAlignment', 'maxUniformBufferBindingSize'] as const)
    : (['minStorageBufferOffsetAlignment', 'maxStorageBufferBindingSize'] as const);
  rule(
    offset % limits[align] === 0,
    () => `${at}: the offset ${offset} is not a multiple of ${align}, ${limits[align]}`,
  );
  const size = given ?? buffer.size - offset;
  rule(size > 0, () => `${at}: ${Math.max(0, size)} bytes cannot be bound`);
  buffer.requireRange(offset, size);
  rule(size <= limits[most], () => `${at}: ${size} bytes are above the limit ${most}, ${limits[most]}`);
  rule(uniform || size % 4 === 0, () => `${at}: the size ${size} of a storage buffer is not a multiple of 4`);
  rule(
    size >= entry.minBindingSize,
    () => `${at}: ${size} bytes are bound, and the layout's minBindingSize is ${entry.minBindingSize}`,
  );
  return { entry, buffer, offset, size };
}
