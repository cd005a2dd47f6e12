/** The errors of WebGPU. */

/** What an error scope catches. */
export class GPUError {
  /** What is wrong, and what to do. */
  readonly message: string;
  constructor(message: string) {
    this.message = String(message);
  }
}

/** An operation that does not keep the rules of WebGPU, or one that this package does not have. */
export class GPUValidationError extends GPUError implements globalThis.GPUValidationError {
  declare readonly __brand: 'GPUValidationError';
}

/** There is not enough memory. */
export class GPUOutOfMemoryError extends GPUError implements globalThis.GPUOutOfMemoryError {
  declare readonly __brand: 'GPUOutOfMemoryError';
}

/** It is valid, and yet failed. */
export class GPUInternalError extends GPUError implements globalThis.GPUInternalError {
  declare readonly __brand: 'GPUInternalError';
}

/** Why `createComputePipelineAsync` rejects. */
export class GPUPipelineError extends DOMException implements globalThis.GPUPipelineError {
  declare readonly __brand: 'GPUPipelineError';
  /** `validation`, or `internal`. */
  readonly reason: GPUPipelineErrorReason;
  constructor(message: string | undefined, options: GPUPipelineErrorInit) {
    super(message, 'GPUPipelineError');
    this.reason = options.reason;
  }
}

/** An error that no scope caught, as the device's event `uncapturederror`. */
export class GPUUncapturedErrorEvent extends Event implements globalThis.GPUUncapturedErrorEvent {
  declare readonly __brand: 'GPUUncapturedErrorEvent';
  /** The error. */
  readonly error: GPUError;
  constructor(type: string, init: GPUUncapturedErrorEventInit) {
    super(type, init);
    this.error = init.error;
  }
}

/** Why a device was lost. */
export class GPUDeviceLostInfo implements globalThis.GPUDeviceLostInfo {
  declare readonly __brand: 'GPUDeviceLostInfo';
  /** `destroyed` after `destroy()`, else `unknown`. */
  readonly reason: GPUDeviceLostReason;
  /** What happened: of a kernel that does not end, its name and the place of the loop. */
  readonly message: string;
  constructor(reason: GPUDeviceLostReason, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

/** `OperationError`, `AbortError`. @internal */
export const exception = (name: string, message: string): DOMException => new DOMException(message, name);
