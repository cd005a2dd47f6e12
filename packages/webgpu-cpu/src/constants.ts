/** The flags of WebGPU, as the specification numbers them. */

/** What a buffer may be used for. */
export const GPUBufferUsage = {
  MAP_READ: 0x1,
  MAP_WRITE: 0x2,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  INDEX: 0x10,
  VERTEX: 0x20,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  INDIRECT: 0x100,
  QUERY_RESOLVE: 0x200,
} as const;

/** How a buffer is mapped. */
export const GPUMapMode = { READ: 1, WRITE: 2 } as const;

/** Which stages of a pipeline see a binding. */
export const GPUShaderStage = { VERTEX: 1, FRAGMENT: 2, COMPUTE: 4 } as const;

/** Of render pipelines, which are not here: so that code which names it loads. */
export const GPUColorWrite = { RED: 1, GREEN: 2, BLUE: 4, ALPHA: 8, ALL: 15 } as const;

/** What a texture may be used for. `RENDER_ATTACHMENT` and `TRANSIENT_ATTACHMENT` are not here. */
export const GPUTextureUsage = {
  COPY_SRC: 0x1,
  COPY_DST: 0x2,
  TEXTURE_BINDING: 0x4,
  STORAGE_BINDING: 0x8,
  RENDER_ATTACHMENT: 0x10,
  TRANSIENT_ATTACHMENT: 0x20,
} as const;

/** The names of the flags that are set, for messages: `STORAGE | COPY_SRC`. @internal */
export function flagNames(flags: Readonly<Record<string, number>>, value: number): string {
  const names = Object.keys(flags).filter((name) => (flags[name] & value) !== 0);
  return names.join(' | ') || String(value);
}
