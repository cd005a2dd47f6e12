/**
 * Faults: a kernel that indexes with numbers from data cannot throw, and must not read elsewhere or pass over what it
 * cannot use. It notes what it met in a buffer that the host reads beside the next value
 * (`tensor-core/src/runtime/faults.ts`).
 */
import { type KernelBinding, readsWrites } from './kernel.ts';

/** What can be wrong, each with a record of its own: kernels of different kinds that run at once do not meet in one. */
export const faultKinds = [
  'gatherImages',
  'gatherLabels',
  'crossEntropy',
  'notZero',
  'gather',
  'indexSelect',
  'embedding',
  'oneHot',
] as const;
/** What can be wrong with numbers from data. */
export type FaultKind = (typeof faultKinds)[number];

/** Words of a record: how often the fault was met; then row, value and limit of the first. */
export const faultRecordWords = 4;
/** Words of the whole buffer, zero before the first kernel. */
export const faultWords = faultRecordWords * faultKinds.length;

/** The buffer as a kernel binds it: atomic, so that dispatches that only share it may still run at once. */
export const faultsBinding: KernelBinding = readsWrites('faults', 'array<atomic<u32>>');

/** WGSL function `fault(row, value, limit)`: the first one to call it fills the record. */
export function faultText(kind: FaultKind): string {
  const at = faultRecordWords * faultKinds.indexOf(kind);
  return `fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[${at}], 1u) != 0u) { return; }
  atomicStore(&faults[${at + 1}], row);
  atomicStore(&faults[${at + 2}], value);
  atomicStore(&faults[${at + 3}], limit);
}`;
}

/** Which numbers are not bad, and how a bad one is called. */
export interface RowFaultText {
  /** A number that may be `limit` or more. */
  readonly ignored?: number;
  /** WGSL: what is noted as the row, if it is not the place `row` in the buffer. */
  readonly number?: string;
}

/**
 * WGSL functions `isBad(value)` and `reportBad(row)` for a kernel whose buffer `rows` must hold numbers below `limit`
 * (or `ignored`). Of several bad rows the lowest is reported, in whatever order the invocations run.
 */
export function rowFaultText(
  kind: FaultKind,
  rows: string,
  limit: number,
  { ignored, number = 'row' }: RowFaultText = {},
): string {
  return `${faultText(kind)}
fn isBad(value: u32) -> bool {
  return value >= ${limit}u${ignored === undefined ? '' : ` && value != ${ignored >>> 0}u`};
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(${rows}[before])) { return; }
  }
  fault(${number}, ${rows}[row], ${limit}u);
}`;
}

/** WGSL: NaN, made of a number that is not 0. (As a constant it would be an error.) */
export function notANumber(notZero: string): string {
  return `bitcast<f32>(0x7fc00000u | min(${notZero}, 1u))`;
}
