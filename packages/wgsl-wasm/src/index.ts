/**
 * WGSL compute shaders on the CPU: a compiler to WebAssembly SIMD and a threaded runtime. Knows no tensor.
 */
export { checkProgram } from './check/check.ts';
export type { CheckedProgram } from './check/program.ts';
export { type CompiledKernel, type CompileOptions, compileKernel, type KernelBinding } from './compile.ts';
export { type Features, features } from './runtime/features.ts';
export { openWasmRuntime, WasmRuntime, type WasmRuntimeOptions } from './runtime/runtime.ts';
export type { Dispatch, KernelSource, RecordedList, RuntimeBuffer, RuntimeKernel } from './runtime/types.ts';
export { WgslError } from './syntax/diagnostics.ts';
