/** Builtin functions by name. */

/**
 * Builtins that can reach the back end with a value. `bitcast` is an expression of its own; barriers are statements.
 */
export type BuiltinName =
  | NumericBuiltin
  | IntegerBuiltin
  | PackingBuiltin
  | AtomicBuiltin
  | OtherBuiltin
  | TextureBuiltin
  | `subgroup${string}`
  | `quad${string}`;

/** On f32 and vectors of f32; `abs`, `sign`, `min`, `max`, `clamp` also on i32 and u32, `dot` on integer vectors. */
export type NumericBuiltin =
  | 'abs'
  | 'acos'
  | 'acosh'
  | 'asin'
  | 'asinh'
  | 'atan'
  | 'atanh'
  | 'atan2'
  | 'ceil'
  | 'clamp'
  | 'cos'
  | 'cosh'
  | 'cross'
  | 'degrees'
  | 'distance'
  | 'dot'
  | 'exp'
  | 'exp2'
  | 'faceForward'
  | 'floor'
  | 'fma'
  | 'fract'
  | 'frexp'
  | 'inverseSqrt'
  | 'ldexp'
  | 'length'
  | 'log'
  | 'log2'
  | 'max'
  | 'min'
  | 'mix'
  | 'modf'
  | 'normalize'
  | 'pow'
  | 'quantizeToF16'
  | 'radians'
  | 'reflect'
  | 'refract'
  | 'round'
  | 'saturate'
  | 'sign'
  | 'sin'
  | 'sinh'
  | 'smoothstep'
  | 'sqrt'
  | 'step'
  | 'tan'
  | 'tanh'
  | 'trunc';

export type IntegerBuiltin =
  | 'countLeadingZeros'
  | 'countOneBits'
  | 'countTrailingZeros'
  | 'dot4I8Packed'
  | 'dot4U8Packed'
  | 'extractBits'
  | 'firstLeadingBit'
  | 'firstTrailingBit'
  | 'insertBits'
  | 'reverseBits';

export type PackingBuiltin =
  | 'pack2x16float'
  | 'pack2x16snorm'
  | 'pack2x16unorm'
  | 'pack4x8snorm'
  | 'pack4x8unorm'
  | 'pack4xI8'
  | 'pack4xI8Clamp'
  | 'pack4xU8'
  | 'pack4xU8Clamp'
  | 'unpack2x16float'
  | 'unpack2x16snorm'
  | 'unpack2x16unorm'
  | 'unpack4x8snorm'
  | 'unpack4x8unorm'
  | 'unpack4xI8'
  | 'unpack4xU8';

export type AtomicBuiltin =
  | 'atomicAdd'
  | 'atomicAnd'
  | 'atomicCompareExchangeWeak'
  | 'atomicExchange'
  | 'atomicLoad'
  | 'atomicMax'
  | 'atomicMin'
  | 'atomicOr'
  | 'atomicStore'
  | 'atomicSub'
  | 'atomicXor';

/** On a texture; `textureStore` appears only in `BuiltinStatement`. */
export type TextureBuiltin =
  | 'textureDimensions'
  | 'textureLoad'
  | 'textureNumLayers'
  | 'textureNumLevels'
  | 'textureStore';

/**
 * `workgroupUniformLoad` is a barrier, a load, and a barrier again. `atomicStore` appears only in `BuiltinStatement`.
 */
export type OtherBuiltin =
  | 'all'
  | 'any'
  | 'arrayLength'
  | 'determinant'
  | 'select'
  | 'transpose'
  | 'workgroupUniformLoad';
