/**
 * WGSL compute shaders on the CPU: a compiler to WebAssembly SIMD and a threaded runtime. Knows no tensor.
 */

export { FEATURES as languageFeatures } from './check/language-features.ts';
export type { CheckedProgram } from './check/program.ts';
export { STORAGE_FORMATS, type TexelFormat, texelFormat } from './check/texel-formats.ts';
export { typeName } from './check/types.ts';
export type { CompiledBinding, CompiledKernel, CompiledTexture, CompileOptions } from './compile.ts';
export { checkModule, checkProgram, compileKernel } from './complete.ts';
export { describeTexture } from './describe-texture.ts';
export { SUBGROUP_SIZE } from './lower/subgroup-size.ts';
export { type Features, features } from './runtime/features.ts';
export { openWasmRuntime, type WasmRuntimeOptions } from './runtime/open.ts';
export { WasmRuntime } from './runtime/runtime.ts';
export type {
  KernelSource,
  RuntimeBuffer,
  RuntimeDispatch,
  RuntimeKernel,
  RuntimeList,
} from './runtime/types.ts';
export type { Wide } from './runtime/wide.ts';
export { WgslError } from './syntax/diagnostics.ts';
