import type { FaultKind } from '@glassbox/wgsl-kernels';
import { faultError } from '../runtime/faults.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Checks what kernels cannot: they would read integers as if they were floats, and another device's memory not at all.
 * @throws TypeError if a tensor is not f32, Error if the tensors live on different devices.
 */
export function requireFloats(op: string, tensors: readonly (Tensor | null | undefined)[]): void {
  let first: Tensor | undefined;
  for (const x of tensors) {
    if (!x) continue;
    if (x.dtype !== 'f32') {
      throw new TypeError(
        `${op}: expected f32 tensors, but [${x.shape}] is ${x.dtype}; convert it with cast(x, 'f32')`,
      );
    }
    first ??= x;
    if (x.runtime !== first.runtime) {
      throw new Error(
        `${op}: [${first.shape}] and [${x.shape}] are on different devices (${first.runtime.device.info.adapter}, ${x.runtime.device.info.adapter}); make both with one runtime`,
      );
    }
  }
}

/**
 * Checks numbers that a kernel will index with, where they are still on the host; else the kernel notes a fault.
 * @param numbers u32 [N]
 * @throws RangeError if one of them is `limit` or more: the same error as the fault's.
 */
export function requireBelow(kind: FaultKind, numbers: Tensor, limit: number): void {
  const { upload } = numbers.storage;
  for (let row = 0; upload && row < numbers.size; row++) {
    if (upload[row] >= limit) throw faultError({ kind, row, value: upload[row], limit });
  }
}
