import { show } from '@glassbox/options';
import { Tensor } from '../tensor.ts';

/** @throws TypeError if something is no tensor. */
export function requireTensor(op: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  const isModule = typeof x === 'object' && x !== null && 'forward' in x;
  throw new TypeError(
    `${op}: expected a tensor, not ${show(x)}; ${
      isModule ? 'a module is called with forward(x)' : 'make one with tensor(runtime, data, shape)'
    }`,
  );
}

/**
 * Checks what kernels cannot: they would read integers as if they were floats, and another device's memory not at all.
 * @throws TypeError if something is no tensor or not f32, Error if the tensors live on different devices.
 */
export function requireFloats(op: string, tensors: readonly (Tensor | null | undefined)[]): void {
  let first: Tensor | undefined;
  for (const x of tensors) {
    if (x === null || x === undefined) continue;
    requireTensor(op, x);
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
