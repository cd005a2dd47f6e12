/** What a kernel is given of a texture: bytes in a buffer that say where its texels are, and how many. */

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

/** Bytes of each level. @internal */
export const LEVEL_BYTES = 16;

/** The bytes that describe a texture to a kernel: what is to be bound in its place. Levels from the largest on. */
export function describeTexture(levels: readonly TextureLevel[]): Uint8Array<ArrayBuffer> {
  const words = levels.flatMap(({ address, width, height, depth }) => [address, width, height, depth]);
  return new Uint8Array(new Uint32Array(words).buffer);
}
