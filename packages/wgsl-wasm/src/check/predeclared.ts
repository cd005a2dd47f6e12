/** Names that every module knows without declaring them. A declaration of the same name hides them. */
import { BOOL, F16, F32, I32, matrixOf, type Type, U32, vectorOf } from './types.ts';

const SIZES = [2, 3, 4] as const;

/** Type names that stand alone. */
export const TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['bool', BOOL],
  ['i32', I32],
  ['u32', U32],
  ['f32', F32],
  ['f16', F16],
  ...SIZES.flatMap((n): [string, Type][] => [
    [`vec${n}i`, vectorOf(n, I32)],
    [`vec${n}u`, vectorOf(n, U32)],
    [`vec${n}f`, vectorOf(n, F32)],
    [`vec${n}h`, vectorOf(n, F16)],
    ...SIZES.flatMap((c): [string, Type][] => [
      [`mat${c}x${n}f`, matrixOf(c, vectorOf(n, F32))],
      [`mat${c}x${n}h`, matrixOf(c, vectorOf(n, F16))],
    ]),
  ]),
]);

/** Type names that take a template list. */
export const TYPE_GENERATORS: ReadonlySet<string> = new Set([
  'vec2',
  'vec3',
  'vec4',
  ...SIZES.flatMap((columns) => SIZES.map((rows) => `mat${columns}x${rows}`)),
  'array',
  'atomic',
  'ptr',
]);

/** Whether the name is a type of textures that is translated. */
export const isTexture = (name: string): boolean => /^texture_(storage_)?([123]d|2d_array)$/.test(name);

/** Whether the name is a builtin function on such textures. */
export const isTextureFunction = (name: string): boolean =>
  /^texture(Dimensions|Load|NumLayers|NumLevels|Store)$/.test(name);

const UNSUPPORTED_TYPE =
  /^(sampler|sampler_comparison|texture_\w+|buffer|binding_array|subgroup_matrix_\w+)$/;

/** What a predeclared type outside the subset is called in a message, or `null` for other names. */
export function unsupportedType(name: string): string | null {
  if (!UNSUPPORTED_TYPE.test(name)) return null;
  const what = name.startsWith('texture')
    ? 'textures'
    : name.startsWith('sampler')
      ? 'samplers'
      : 'such types';
  return `the type '${name}': ${what} are`;
}

const UNSUPPORTED_FUNCTION =
  /^(subgroupMatrix\w*|texture(Gather|GatherCompare|NumSamples|Sample|SampleBias|SampleCompare|SampleCompareLevel|SampleGrad|SampleLevel|SampleBaseClampToEdge)|atomicStoreM(in|ax)|buffer(View|ArrayView|Length)|inputAttachmentLoad|print|hasResource|getResource)$/;

/** Whether the name is a builtin function that compares neighbouring pixels. */
export const isDerivative = (name: string): boolean => /^(dpdx|dpdy|fwidth)(Coarse|Fine)?$/.test(name);

/** Whether the name is a builtin function of WGSL that is not translated. */
export const isUnsupportedFunction = (name: string): boolean => UNSUPPORTED_FUNCTION.test(name);

export const ADDRESS_SPACES: ReadonlySet<string> = new Set([
  'function',
  'private',
  'workgroup',
  'uniform',
  'storage',
  'immediate',
]);
export const ACCESS_MODES: ReadonlySet<string> = new Set(['read', 'write', 'read_write']);
