/** What a kernel is given of a texture: bytes in a buffer that say where its texels are, and how many. */
import { eachByte, largest, type TexelFormat } from './check/texel-formats.ts';

/** A level of a texture, as a kernel sees it. */
export interface TextureLevel {
  /** Where in the memory of the runtime its first texel is; rows, and then layers, follow each other without gaps. */
  readonly address: number;
  /** In texels. */
  readonly width: number;
  readonly height: number;
  /** Texels, or layers. */
  readonly depth: number;
}

/**
 * Where the parts of a description are: how a texel is read whose format the kernel does not know, and then the levels.
 * @internal
 */
export const AT = {
  shuffle: 0,
  missing: 16,
  kind: 32,
  shift: 36,
  largest: 40,
  bytes: 44,
  levels: 48,
} as const;

/** Bytes of each level. @internal */
export const LEVEL_BYTES = 16;

/** How numbers of a texel become f32: not at all, or in one of these ways. @internal */
export const KINDS = { unorm: 1, snorm: 2, half: 3 } as const;

/**
 * The bytes that describe a texture to a kernel: what is to be bound in its place. Levels are listed from the largest
 * on.
 * @param format null for one that is not in `texelFormat`, which can only be copied
 */
export function describeTexture(
  format: TexelFormat | null,
  levels: readonly TextureLevel[],
): Uint8Array<ArrayBuffer> {
  const words = levels.flatMap(({ address, width, height, depth }) => [address, width, height, depth]);
  const bytes = new Uint8Array(AT.levels + 4 * words.length);
  new Uint32Array(bytes.buffer, AT.levels).set(words);
  if (!format) return bytes;
  const { bits, kind, channels } = format;
  // Each number goes to the top of its lane; a byte that is not there gives 0.
  bytes.fill(255, AT.shuffle, AT.shuffle + 16);
  eachByte(format, (at, inLanes) => {
    bytes[AT.shuffle + inLanes + 4 - bits / 8] = at;
  });
  const view = new DataView(bytes.buffer);
  const isInteger = kind === 'uint' || kind === 'sint';
  if (channels < 4) view.setUint32(AT.missing + 12, isInteger ? 1 : 0x3f800000, true);
  view.setUint32(
    AT.kind,
    kind === 'float' ? (bits === 16 ? KINDS.half : 0) : isInteger ? 0 : KINDS[kind],
    true,
  );
  view.setUint32(AT.shift, 32 - bits, true);
  view.setFloat32(AT.largest, largest(format), true);
  view.setUint32(AT.bytes, format.bytes, true);
  return bytes;
}
