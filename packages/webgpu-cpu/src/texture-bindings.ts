/** Textures in layouts and bind groups. */
import type { CompiledTexture } from '@glassbox/wgsl-wasm';
import { GPUShaderStage } from './constants.ts';
import { dictionary, word } from './convert.ts';
import { type Core, type DeviceObject, rule } from './core.ts';
import { GPUTextureView, VIEW_DIMENSIONS } from './texture.ts';
import { canStore, formatWord } from './texture-formats.ts';

const ACCESSES = { write: 'write-only', read: 'read-only', read_write: 'read-write' } as const;

/** A storage texture of a layout. */
export interface TextureEntry {
  readonly access: GPUStorageTextureAccess;
  readonly format: string;
  readonly viewDimension: GPUTextureViewDimension;
}

export function readTextureEntry(owner: string, given: GPUStorageTextureBindingLayout): TextureEntry {
  const { access = 'write-only', format, viewDimension = '2d' } = dictionary(owner, given);
  return {
    access: word(owner, 'access', access, Object.values(ACCESSES)),
    format: formatWord(owner, 'format', format),
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
export const neededEntry = (
  { name, format }: CompiledTexture,
  access: keyof typeof ACCESSES,
): TextureEntry => ({
  access: ACCESSES[access],
  format,
  viewDimension: name.replace('texture_storage_', '').replace('_', '-') as GPUTextureViewDimension,
});

/** @throws what `Core.holds` reports if a layout has another texture than a kernel needs */
export function checkNeededEntry(at: string, entry: TextureEntry, needed: TextureEntry): void {
  for (const key of ['format', 'viewDimension', 'access'] as const) {
    const more = key === 'access' && entry.access === 'read-write' && needed.access === 'write-only';
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
  { format, viewDimension }: TextureEntry,
  view: DeviceObject,
): { readonly buffer: GPUTextureView; readonly size: number } {
  rule(view instanceof GPUTextureView, () => `${at}: a texture is needed, not ${view.named}`);
  view.requireValid(core);
  view.requireUsage('STORAGE_BINDING');
  rule(
    view.format === format,
    () => `${at}: ${view.named} has the format '${view.format}', and not '${format}'`,
  );
  rule(
    view.dimension === viewDimension,
    () => `${at}: ${view.named} has the dimension '${view.dimension}', and not '${viewDimension}'`,
  );
  const [, levels] = view.levels;
  rule(levels === 1, () => `${at}: ${view.named} has ${levels} levels, and a storage texture needs one`);
  rule(view.swizzle === 'rgba', () => `${at}: ${view.named} has a swizzle`);
  return { buffer: view, size: view.memory?.bytes ?? 0 };
}
