import { addOp, axpy, binaryForward, relayout, rowMajor } from '@glassbox/wgsl-kernels';
import { launch } from '../runtime/launch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, type Tensor } from '../tensor.ts';

/** into += x, in place, for tensors of one layout. */
export function accumulate(into: Tensor, x: Tensor): void {
  launch(axpy, [into.layout.size, 1], { x, y: into });
}

/** The sum of two tensors of one layout, without history. */
export function plus(a: Tensor, b: Tensor): Tensor {
  const { layout } = a;
  const y = empty(a.runtime, layout);
  launch(binaryForward, [addOp, layout, layout, layout], { a, b, y });
  return y;
}

/** Copies whole storages of the same number of words. */
export function copyStorage(runtime: Runtime, source: Storage, target: Storage): void {
  const words = rowMajor([target.words]);
  launch(relayout, [words, words, undefined], { x: source, y: target }, runtime);
}
