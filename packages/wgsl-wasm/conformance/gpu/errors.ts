/** WebGPU's constants and classes of errors. */
import { globals } from 'webgpu';

export class ValidationError extends Error {}
class OutOfMemoryError extends Error {}
class InternalError extends Error {}
export class PipelineError extends Error {
  readonly reason = 'validation';
}

/** Makes the constants and classes of WebGPU global, as the suite expects them. */
export function defineGlobals(): void {
  Object.assign(globalThis, globals, {
    GPUValidationError: ValidationError,
    GPUOutOfMemoryError: OutOfMemoryError,
    GPUInternalError: InternalError,
    GPUPipelineError: PipelineError,
  });
}
