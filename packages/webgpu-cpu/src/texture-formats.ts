/** Formats of textures. */
import { show } from '@glassbox/options';
import { STORAGE_FORMATS, texelFormat } from '@glassbox/wgsl-wasm';

const COLOR =
  /^((r|rg|rgba)(8([us]norm|[us]int)|16([us]int|float)|32([us]int|float))|(rgba|bgra)8unorm-srgb|bgra8unorm)$/;
/** Their numbers share bytes, so they can only be copied here. */
const PACKED = /^(rgb9e5ufloat|rgb10a2(uint|unorm)|rg11b10ufloat)$/;
const DEPTH = /^(stencil8|depth16unorm|depth24plus(-stencil8)?|depth32float)$/;

/** @throws TypeError unless it is a format that devices here have, whether it is supported or not */
export function formatWord(owner: string, name: string, value: unknown): GPUTextureFormat {
  const format = String(value);
  if ([COLOR, PACKED, DEPTH].some((formats) => formats.test(format))) return format as GPUTextureFormat;
  throw new TypeError(
    `${owner}: ${name} must be a GPUTextureFormat that this WebGPU has without more features, not ${show(value)}`,
  );
}

export const isDepth = (format: string): boolean => DEPTH.test(format);

/** Without `-srgb`. */
export const plainFormat = (format: string): string => format.replace('-srgb', '');

/** Bytes of a texel; of depth and stencil, whose textures are never valid here, any. */
export const texelBytes = (format: string): number => texelFormat(plainFormat(format))?.bytes ?? 4;

/** Whether a storage texture of that format can be accessed so; without `access`, in any way. */
export function canStore(
  features: ReadonlySet<string>,
  format: string,
  access: GPUStorageTextureAccess = 'write-only',
): boolean {
  if (access === 'read-write') return /^r32/.test(format);
  if (format === 'bgra8unorm') return access === 'write-only' && features.has('bgra8unorm-storage');
  return STORAGE_FORMATS.has(format);
}

/** What a texture of that format can be read as by `textureLoad`. */
export function sampleTypes(format: string): readonly string[] {
  if (/[us]int$/.test(format)) return [format.slice(-4)];
  return /32float$/.test(format) ? ['unfilterable-float'] : ['float', 'unfilterable-float'];
}
