/** Textures: memory of the runtime, level after level, and views of them. */
import { describeTexture, type RuntimeBuffer, texelFormat } from '@glassbox/wgsl-wasm';
import { flagNames, GPUTextureUsage } from './constants.ts';
import { dictionary, sequence, size32, word } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { GPUOutOfMemoryError } from './errors.ts';
import { extentOf } from './extents.ts';
import { Memory } from './memory.ts';
import { notHere } from './refused.ts';
import { canStore, formatWord, isDepth, plainFormat, texelBytes } from './texture-formats.ts';

const { STORAGE_BINDING, RENDER_ATTACHMENT, TRANSIENT_ATTACHMENT } = GPUTextureUsage;
const ALL_USAGES = 0x3f;
const DIMENSIONS = ['1d', '2d', '3d'] as const;
/** What a view can be. @internal */
export const VIEW_DIMENSIONS = ['1d', '2d', '2d-array', 'cube', 'cube-array', '3d'] as const;
const ASPECTS = ['all', 'stencil-only', 'depth-only'] as const;

/** A level of a texture. */
interface Level {
  readonly width: number;
  readonly height: number;
  /** Texels, or layers. */
  readonly depth: number;
  /** From the start of the texture's memory, in bytes. */
  readonly offset: number;
  readonly rowBytes: number;
  /** Of a layer, or of all texels with one depth. */
  readonly layerBytes: number;
}

/** Texels on the device. */
export class GPUTexture extends DeviceObject implements globalThis.GPUTexture {
  declare readonly __brand: 'GPUTexture';
  /** @internal */
  readonly kind = 'texture';
  /** In texels. */
  readonly width: number;
  /** In texels. */
  readonly height: number;
  /** Texels of depth if `dimension` is `3d`, else layers. */
  readonly depthOrArrayLayers: number;
  /** Levels, each of half the size of the one before. */
  readonly mipLevelCount: number;
  /** 1 if it is valid. */
  readonly sampleCount: number;
  /** `1d`, `2d` or `3d`. */
  readonly dimension: GPUTextureDimension;
  /** Of its texels. */
  readonly format: GPUTextureFormat;
  /** Flags of `GPUTextureUsage`. */
  readonly usage: number;
  /** Only where there are no core features. */
  readonly textureBindingViewDimension = undefined;
  /** @internal */
  readonly viewFormats: readonly string[];
  /** The largest first. @internal */
  readonly levels: readonly Level[] = [];
  #memory: Memory | null = null;
  #destroyed = false;

  /** @internal */
  constructor(core: Core, given: GPUTextureDescriptor) {
    const owner = 'createTexture';
    const descriptor = dictionary(owner, given);
    super(core, descriptor.label);
    const { mipLevelCount = 1, sampleCount = 1, dimension = '2d', viewFormats = [] } = descriptor;
    [this.width, this.height, this.depthOrArrayLayers] = extentOf(`${owner}: size`, descriptor.size);
    this.mipLevelCount = size32(owner, 'mipLevelCount', mipLevelCount);
    this.sampleCount = size32(owner, 'sampleCount', sampleCount);
    this.dimension = word(owner, 'dimension', dimension, DIMENSIONS);
    this.format = formatWord(owner, 'format', descriptor.format);
    this.usage = size32(owner, 'usage', descriptor.usage);
    this.viewFormats = sequence(owner, 'viewFormats', viewFormats).map((format, i) =>
      formatWord(owner, `viewFormats[${i}]`, format),
    );
    this.valid = core.holds(`${owner}${this.label && ` '${this.label}'`}`, () => this.#check());
    if (this.valid) this.#allocate();
  }

  #check(): void {
    const { core, usage, format, dimension, width, height, mipLevelCount, sampleCount } = this;
    const depth = this.depthOrArrayLayers;
    const size = `the size ${width} x ${height} x ${depth}`;
    const { limits } = core;
    rule(usage !== 0 && (usage & ~ALL_USAGES) === 0, () => `the usage ${usage} is none that textures have`);
    rule(
      width * height * depth > 0 && mipLevelCount > 0,
      () => `${size}, ${mipLevelCount} levels: none may be 0`,
    );
    rule(sampleCount === 1 || sampleCount === 4, () => `sampleCount must be 1 or 4, not ${sampleCount}`);
    const flat = dimension === '1d' ? 1 : undefined;
    const name = `maxTextureDimension${dimension.toUpperCase() as '1D'}` as const;
    const most = [
      limits[name],
      flat ?? limits[name],
      flat ?? (dimension === '2d' ? limits.maxTextureArrayLayers : limits[name]),
    ];
    rule(
      [width, height, depth].every((n, i) => n <= most[i]),
      () => `${size} of dimension '${dimension}' is above ${most.join(' x ')}`,
    );
    const largest = dimension === '1d' ? 1 : Math.max(width, height, dimension === '3d' ? depth : 1);
    const levels = 1 + Math.floor(Math.log2(largest));
    rule(
      mipLevelCount <= levels,
      () => `mipLevelCount ${mipLevelCount} is above ${levels}, all that this size has`,
    );
    const attachment = (usage & (RENDER_ATTACHMENT | TRANSIENT_ATTACHMENT)) !== 0;
    rule(
      sampleCount === 1 || (attachment && dimension === '2d' && mipLevelCount * depth === 1),
      'several samples need dimension 2d, one level and layer, and RENDER_ATTACHMENT',
    );
    rule(!attachment || dimension !== '1d', 'RENDER_ATTACHMENT needs dimension 2d or 3d');
    rule(
      (usage & STORAGE_BINDING) === 0 || canStore(core.features, format),
      () => `textures of the format '${format}' cannot have the usage STORAGE_BINDING`,
    );
    for (const view of this.viewFormats) {
      rule(
        plainFormat(view) === plainFormat(format),
        () => `viewFormats has '${view}', which a texture of the format '${format}' cannot be viewed as`,
      );
    }
    rule(!isDepth(format) || dimension === '2d', () => `'${format}' needs dimension 2d`);
    rule(!isDepth(format), () => notHere('textures of depth and stencil'));
    rule(!attachment && sampleCount === 1, () => notHere('render attachments'));
  }

  #allocate(): void {
    const { width, height, depthOrArrayLayers: depth, dimension, format, mipLevelCount } = this;
    const levels: Level[] = [];
    let offset = 0;
    for (let i = 0; i < mipLevelCount; i++) {
      const half = (n: number) => Math.max(1, n >> i);
      const level = {
        width: half(width),
        height: half(height),
        depth: dimension === '3d' ? half(depth) : depth,
      };
      const rowBytes = level.width * texelBytes(format);
      const layerBytes = rowBytes * level.height;
      levels.push({ ...level, offset, rowBytes, layerBytes });
      offset = Math.ceil((offset + layerBytes * level.depth) / 16) * 16;
    }
    Object.assign(this, { levels });
    if (this.core.lostInfo) return;
    try {
      this.#memory = new Memory(this.core, this, offset, this.label || 'texture');
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.valid = false;
      this.core.report(new GPUOutOfMemoryError(`createTexture: ${error.message}`));
    }
  }

  /** Its memory in the runtime; null if it is not valid, or was destroyed. @internal */
  get memory(): RuntimeBuffer | null {
    return this.#memory?.buffer ?? null;
  }

  /** Layers; 1 if it is no `2d`. @internal */
  get layers(): number {
    return this.dimension === '2d' ? this.depthOrArrayLayers : 1;
  }

  /** @throws what `Core.holds` reports if it was destroyed. @internal */
  requireReady(): void {
    rule(!this.#destroyed, () => `${this.named} was destroyed`);
  }

  /** @throws what `Core.holds` reports if it may not be used so. @internal */
  requireUsage(flag: keyof typeof GPUTextureUsage): void {
    requireUsage(this, flag);
  }

  /** Levels and layers of it, as a kernel sees them. */
  createView(descriptor: GPUTextureViewDescriptor = {}): GPUTextureView {
    return new GPUTextureView(this, descriptor);
  }

  /** Frees its memory, once what was submitted so far has run. */
  destroy(): undefined {
    this.#destroyed = true;
    this.#memory?.free();
    this.#memory = null;
  }
}

function requireUsage(
  { usage, named }: { readonly usage: number; readonly named: string },
  flag: keyof typeof GPUTextureUsage,
): void {
  rule(
    (usage & GPUTextureUsage[flag]) !== 0,
    () => `${named} has the usage ${flagNames(GPUTextureUsage, usage)}, and needs ${flag}`,
  );
}

/** Levels and layers of a texture. */
export class GPUTextureView extends DeviceObject implements globalThis.GPUTextureView {
  declare readonly __brand: 'GPUTextureView';
  /** @internal */
  readonly kind = 'texture view';
  /** @internal */
  readonly texture: GPUTexture;
  /** @internal */
  readonly format: string;
  /** @internal */
  readonly dimension: GPUTextureViewDimension;
  /** @internal */
  readonly usage: number;
  /** First level, and how many. @internal */
  readonly levels: readonly [number, number];
  /** First layer, and how many. @internal */
  readonly layers: readonly [number, number];
  /** @internal */
  readonly swizzle: string;
  #description: Memory | null = null;

  /** @internal */
  constructor(texture: GPUTexture, given: GPUTextureViewDescriptor) {
    const owner = 'createView';
    const descriptor = dictionary(owner, given);
    super(texture.core, descriptor.label);
    this.texture = texture;
    const number = (
      name: 'baseMipLevel' | 'mipLevelCount' | 'baseArrayLayer' | 'arrayLayerCount',
      otherwise: number,
    ) => size32(owner, name, descriptor[name] ?? otherwise);
    const flat = texture.dimension === '2d' && texture.layers > 1 ? '2d-array' : texture.dimension;
    const { aspect = 'all', format = texture.format, dimension = flat, swizzle = 'rgba' } = descriptor;
    word(owner, 'aspect', aspect, ASPECTS);
    this.format = formatWord(owner, 'format', format);
    this.dimension = word(owner, 'dimension', dimension, VIEW_DIMENSIONS);
    this.usage = size32(owner, 'usage', descriptor.usage ?? 0) || texture.usage;
    this.swizzle = String(swizzle);
    if (!/^[rgba01]{4}$/.test(this.swizzle))
      throw new TypeError(`${owner}: swizzle '${swizzle}' is not four of rgba01`);
    const first = number('baseMipLevel', 0);
    this.levels = [first, number('mipLevelCount', Math.max(0, texture.mipLevelCount - first))];
    const layer = number('baseArrayLayer', 0);
    const rest = this.dimension.endsWith('array') ? Math.max(0, texture.layers - layer) : 1;
    this.layers = [layer, number('arrayLayerCount', this.dimension === 'cube' ? 6 : rest)];
    this.valid = this.core.holds(`${owner} of ${texture.named}`, () => {
      texture.requireValid(this.core);
      rule(aspect === 'all', () => `the format '${texture.format}' has no aspect '${aspect}'`);
      this.#check();
    });
  }

  #check(): void {
    const { texture, format, dimension, usage, layers } = this;
    rule(
      format === texture.format || texture.viewFormats.includes(format),
      () =>
        `the format '${format}' is neither that of the texture, '${texture.format}', nor among its viewFormats`,
    );
    rule(
      this.swizzle === 'rgba',
      "a swizzle needs the feature 'texture-component-swizzle', which is not here",
    );
    rule(
      (usage & ~texture.usage) === 0,
      () => `the usage ${usage} is more than that of the texture, ${texture.usage}`,
    );
    rule(
      (usage & STORAGE_BINDING) === 0 || canStore(this.core.features, format),
      () => `a view of the format '${format}' cannot have the usage STORAGE_BINDING`,
    );
    const inside = (what: string, [start, count]: readonly [number, number], all: number) =>
      rule(
        count > 0 && start + count <= all,
        () => `${what} ${start} to ${start + count} are not among ${all}`,
      );
    inside('levels', this.levels, texture.mipLevelCount);
    inside('layers', layers, texture.layers);
    rule(
      dimension.slice(0, 2) === texture.dimension ||
        (dimension.startsWith('cube') && texture.dimension === '2d'),
      () => `a texture of dimension '${texture.dimension}' cannot be viewed as '${dimension}'`,
    );
    const [, count] = layers;
    const fits = { cube: count === 6, 'cube-array': count % 6 === 0, '2d-array': true }[dimension as 'cube'];
    rule(fits ?? count === 1, () => `a view of dimension '${dimension}' cannot have ${count} layers`);
    rule(
      !dimension.startsWith('cube') || texture.width === texture.height,
      () => `a view of dimension '${dimension}' needs a texture as high as wide`,
    );
  }

  /** What a kernel is given of it. @internal */
  get memory(): RuntimeBuffer | null {
    const { core, texture, layers } = this;
    const address = texture.memory?.address;
    if (this.#description || address === undefined) return this.#description?.buffer ?? null;
    const [first, count] = this.levels;
    const levels = texture.levels
      .slice(first, first + count)
      .map(({ width, height, depth, offset, layerBytes }) => ({
        address: address + offset + layers[0] * layerBytes,
        width,
        height,
        depth: texture.dimension === '3d' ? depth : layers[1],
      }));
    const bytes = describeTexture(texelFormat(this.format), levels);
    this.#description = new Memory(core, this, bytes.length, 'a texture');
    core.runtime.write(this.#description.buffer, 0, bytes);
    return this.#description.buffer;
  }

  /** @throws what `Core.holds` reports if it may not be used so. @internal */
  requireUsage(flag: keyof typeof GPUTextureUsage): void {
    requireUsage(this, flag);
  }

  /** Whether it shares texels with another one. @internal */
  overlaps(other: GPUTextureView): boolean {
    const meet = ([a, n]: readonly [number, number], [b, m]: readonly [number, number]) =>
      a < b + m && b < a + n;
    return (
      other.texture === this.texture && meet(this.levels, other.levels) && meet(this.layers, other.layers)
    );
  }
}
