/** Why subcases of the conformance suite are skipped. */

/** Test files about rendering, or about copies of textures, by words in their paths. */
const FILES = /^api\/.*(render|image_copy|vertex_state|sampling|storage_texture)/;

/** Words of reasons that are about textures or rendering, which are not here. */
const REASONS = new RegExp(
  [
    '^the file is about ',
    'needs a (texture|sampler|render)',
    '[tT]exture|[sS]ampler',
    'float32-|rg11b10ufloat|bgra8unorm|depth(32float|-clip)|dual-source|clip-distances|primitive-index',
    'indirect-first-instance|multi-draw|blend_src|dual_source|framebuffer|[Rr]ender|[Cc]anvas|ImageBitmap|[Vv]ideo',
    'interpolation|fragment|vertex|texels to be reliable',
  ].join('|'),
);

/** Whether a test was skipped because textures, samplers or rendering are missing. */
export const isRendering = (file: string, reason: string): boolean =>
  FILES.test(file) || REASONS.test(reason);
