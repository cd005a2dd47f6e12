import { axpy, type Layout, relayout, rowMajor } from '@glassbox/wgsl-kernels';
import { launch } from '../runtime/launch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, Tensor } from '../tensor.ts';

/** into += x, in place, for tensors of one layout. */
export function accumulate(into: Tensor, x: Tensor): void {
  launch(axpy, [into.layout.size, 1], { x, y: into });
}

/** A copy of x in a layout of the caller's, in `place` or in memory of its own. */
export function copyInto(place: Storage | null, x: Tensor, layout: Layout): Tensor {
  const y = place ? new Tensor(x.runtime, layout, x.dtype, place) : empty(x.runtime, layout, x.dtype);
  launch(relayout, [x.layout, layout, undefined], { x, y });
  return y;
}

/** Copies whole storages of the same number of words. */
export function copyStorage(runtime: Runtime, source: Storage, target: Storage): void {
  const words = rowMajor([target.words]);
  launch(relayout, [words, words, undefined], { x: source, y: target }, runtime);
}
