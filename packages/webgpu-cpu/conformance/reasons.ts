/** Why subcases of the conformance suite are skipped. */

/** Test files about rendering, or about samplers, by words in their paths. */
const FILES = /^api\/.*(render|vertex_state|sampling)/;

/** Words of reasons that are about rendering, samplers, or textures of sorts that are not here. */
const REASONS = new RegExp(
  [
    '^the file is about ',
    'needs .*(sampler|render|texture|image)',
    'texture format|texel format|texture[-_]|textures|storage texture|format: (astc|bc|e[at]c)|[sS]ampler',
    'float32-|rg11b10ufloat|depth(32float|-clip)|dual-source|clip-distances|primitive-index',
    'indirect-first-instance|multi-draw|blend_src|dual_source|framebuffer|[Rr]ender|[Cc]anvas|ImageBitmap|[Vv]ideo',
    'interpolation|fragment|vertex|texels to be reliable',
  ].join('|'),
);

/** Whether a test was skipped because rendering, samplers, or textures of some sort are missing. */
export const isRendering = (file: string, reason: string): boolean =>
  FILES.test(file) || REASONS.test(reason);
