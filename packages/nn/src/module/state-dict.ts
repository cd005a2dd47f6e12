/**
 * A model's state on the host: named tensors under PyTorch's names and in PyTorch's layouts, row-major.
 * What checkpoints hold, what `stateDict()` returns and `loadStateDict()` takes.
 */

/** The typed array of each element type, under the names that safetensors gives them. `BOOL` holds 0 and 1. */
export interface HostArrays {
  /** Floats of 64 bits. */
  F64: Float64Array;
  /** Floats of 32 bits. */
  F32: Float32Array;
  /** Whole numbers of 64 bits with a sign. */
  I64: BigInt64Array;
  /** Whole numbers of 32 bits with a sign. */
  I32: Int32Array;
  /** Whole numbers of 16 bits with a sign. */
  I16: Int16Array;
  /** Whole numbers of 8 bits with a sign. */
  I8: Int8Array;
  /** Whole numbers of 64 bits without a sign. */
  U64: BigUint64Array;
  /** Whole numbers of 32 bits without a sign. */
  U32: Uint32Array;
  /** Whole numbers of 16 bits without a sign. */
  U16: Uint16Array;
  /** Whole numbers of 8 bits without a sign. */
  U8: Uint8Array;
  /** Truth values, one byte each: 0 or 1. */
  BOOL: Uint8Array;
}

/** An element type by the name that safetensors gives it. */
export type HostDType = keyof HostArrays;

/** One tensor on the host. */
export interface HostTensor<D extends HostDType = HostDType> {
  /** Type of the elements. */
  readonly dtype: D;
  /** Size along each dimension; empty for a single number. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: HostArrays[D];
}

/** Named tensors, in the order of PyTorch's `state_dict()`. */
export type StateDict = Map<string, HostTensor>;

/** What `loadStateDict` found. */
export interface LoadReport {
  /** Names that were loaded. */
  readonly matched: readonly string[];
  /** Names that the model has and the state has not. */
  readonly missing: readonly string[];
  /** Names that the state has and the model has not. */
  readonly unexpected: readonly string[];
  /** Names that both have, in different shapes. */
  readonly shapeMismatch: readonly ShapeMismatch[];
}

/** A tensor that model and state have in different shapes. */
export interface ShapeMismatch {
  /** Its name in the state dict. */
  readonly name: string;
  /** The model's shape. */
  readonly expected: readonly number[];
  /** The state's shape. */
  readonly found: readonly number[];
}

/** A state does not fit a model. Nothing was loaded. */
export class StateDictError extends Error {
  override readonly name = 'StateDictError';
  /** What fits and what does not, name by name. */
  readonly report: LoadReport;

  constructor(message: string, report: LoadReport) {
    super(message);
    this.report = report;
  }
}

/** A deep copy, so that a kept state does not change under its owner. */
export function copyState(state: StateDict): StateDict {
  return new Map(
    [...state].map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape: [...shape], data: data.slice() } as HostTensor,
    ]),
  );
}

/** The first value that is not finite as a 32-bit float, if any. */
export function firstNonFinite(state: StateDict): { name: string; index: number } | undefined {
  for (const [name, { dtype, data }] of state) {
    if (dtype !== 'F32' && dtype !== 'F64') continue;
    // A plain loop: all weights are looked at after each epoch, and `findIndex` would call a function for each value.
    const values = data as Float32Array;
    for (let index = 0; index < values.length; index++) {
      if (!Number.isFinite(Math.fround(values[index]))) return { name, index };
    }
  }
  return undefined;
}

/** Words for what does not fit, each list cut to a readable length. */
export function describeReport(report: LoadReport): string {
  const parts: string[] = [];
  if (report.missing.length > 0) parts.push(`missing: ${list(report.missing)}`);
  if (report.unexpected.length > 0) parts.push(`unexpected: ${list(report.unexpected)}`);
  if (report.shapeMismatch.length > 0) {
    const lines = report.shapeMismatch.map(
      ({ name, expected, found }) => `${name} is [${found}] where the model has [${expected}]`,
    );
    parts.push(`other shapes: ${list(lines)}`);
  }
  return parts.join('; ');
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => name.slice(0, 120));
  return names.length > 12 ? `${shown.join(', ')} and ${names.length - 12} more` : shown.join(', ');
}
