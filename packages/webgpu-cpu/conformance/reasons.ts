/** Why subcases of the conformance suite are skipped. */

/** Words of reasons that are about textures or rendering, which are not here. */
const RENDERING = new RegExp(
  [
    '^the file is about ',
    'needs a (texture|sampler|render)',
    'texture|sampler',
    'float32-|rg11b10ufloat|bgra8unorm|depth(32float|-clip)|dual-source|clip-distances|primitive-index',
    'indirect-first-instance|blend_src|dual_source|framebuffer|[Rr]ender|[Cc]anvas|[Vv]ideo|interpolation|fragment|vertex',
  ].join('|'),
);

/** Whether a reason to skip says that textures, samplers or rendering are missing. */
export const isRendering = (reason: string): boolean => RENDERING.test(reason);
