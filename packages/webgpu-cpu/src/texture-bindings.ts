/** Textures in layouts and bind groups. */
import { type CompiledTexture, texelFormat } from '@glassbox/wgsl-wasm';
import { GPUShaderStage } from './constants.ts';
import { dictionary, word } from './convert.ts';
import { type Core, type DeviceObject, rule } from './core.ts';
import { notHere } from './refused.ts';
import { GPUTextureView, VIEW_DIMENSIONS } from './texture.ts';
import { canStore, formatWord, sampleTypes } from './texture-formats.ts';

const ACCESSES = { write: 'write-only', read: 'read-only', read_write: 'read-write' } as const;

const SAMPLES = ['float', 'unfilterable-float', 'depth', 'sint', 'uint'] as const;
/** What a kernel reads a sampled texture as. */
const SAMPLED: Readonly<Record<string, string>> = { f32: 'unfilterable-float', i32: 'sint', u32: 'uint' };

/** A texture of a layout. */
export interface TextureEntry {
  readonly access: GPUStorageTextureAccess | 'sampled';
  /** Of a storage texture; of another one its `sampleType`. */
  readonly format: string;
  readonly viewDimension: GPUTextureViewDimension;
}

export function readTextureEntry(owner: string, entry: GPUBindGroupLayoutEntry): TextureEntry {
  const { texture, storageTexture } = entry;
  const { viewDimension = '2d' } = dictionary(owner, (storageTexture ?? texture) as GPUTextureBindingLayout);
  return {
    access: storageTexture
      ? word(owner, 'access', storageTexture.access ?? 'write-only', Object.values(ACCESSES))
      : 'sampled',
    format: storageTexture
      ? formatWord(owner, 'format', storageTexture.format)
      : word(owner, 'sampleType', texture?.sampleType ?? 'float', SAMPLES),
    viewDimension: word(owner, 'viewDimension', viewDimension, VIEW_DIMENSIONS),
  };
}

/** @throws what `Core.holds` reports if there can be no such texture; `at` starts the message */
export function checkTextureEntry(
  { features }: Core,
  at: string,
  { access, format, viewDimension }: TextureEntry,
  visibility: number,
): void {
  if (access === 'sampled') return;
  rule(
    access === 'read-only' || (visibility & GPUShaderStage.VERTEX) === 0,
    () => `${at}: a vertex stage cannot write to a storage texture`,
  );
  rule(
    !viewDimension.startsWith('cube'),
    () => `${at}: a storage texture cannot be viewed as '${viewDimension}'`,
  );
  rule(
    canStore(features, format, access),
    () => `${at}: a storage texture of the format '${format}' cannot be '${access}'`,
  );
}

/** What a kernel needs. */
export function neededEntry({ name, format }: CompiledTexture, access: keyof typeof ACCESSES): TextureEntry {
  const sampled = SAMPLED[format];
  return {
    access: sampled ? 'sampled' : ACCESSES[access],
    format: sampled ?? format,
    viewDimension: name.replace(/texture_(storage_)?/, '').replace('_', '-') as GPUTextureViewDimension,
  };
}

/** @throws what `Core.holds` reports if a layout has another texture than a kernel needs */
export function checkNeededEntry(at: string, entry: TextureEntry, needed: TextureEntry): void {
  for (const key of ['access', 'format', 'viewDimension'] as const) {
    const more =
      (entry[key] === 'read-write' && needed[key] === 'write-only') ||
      (needed[key] === SAMPLED.f32 && ['float', 'depth'].includes(entry[key]));
    rule(
      entry[key] === needed[key] || more,
      () =>
        `the layout's entry for ${at} has the ${key} '${entry[key]}', and the shader needs '${needed[key]}'`,
    );
  }
}

/** Checks what is to be bound as a texture. */
export function bindTexture(
  core: Core,
  at: string,
  { access, format, viewDimension }: TextureEntry,
  view: DeviceObject,
): { readonly buffer: GPUTextureView; readonly size: number } {
  rule(view instanceof GPUTextureView, () => `${at}: a texture is needed, not ${view.named}`);
  view.requireValid(core);
  const sampled = access === 'sampled';
  view.requireUsage(sampled ? 'TEXTURE_BINDING' : 'STORAGE_BINDING');
  const fits = sampled ? sampleTypes(view.format).includes(format) : view.format === format;
  rule(fits, () => `${at}: ${view.named} has the format '${view.format}', and not '${format}'`);
  rule(
    view.dimension === viewDimension,
    () => `${at}: ${view.named} has the dimension '${view.dimension}', and not '${viewDimension}'`,
  );
  const [, levels] = view.levels;
  rule(
    sampled || levels === 1,
    () => `${at}: ${view.named} has ${levels} levels, and a storage texture needs one`,
  );
  rule(
    texelFormat(view.format) !== null,
    () => `${at}: ${notHere('reads of textures in packed and sRGB formats')}`,
  );
  return { buffer: view, size: view.memory?.bytes ?? 0 };
}
