import { axpy, type Layout, relayout, rowMajor } from '@glassbox/wgsl-kernels';
import type { Runtime } from '../runtime/runtime.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, Tensor } from '../tensor.ts';
import { layoutKey } from './layout.ts';

/** into += x, in place, for tensors of one layout. */
export function accumulate(into: Tensor, x: Tensor): void {
  const { runtime, layout } = into;
  const kernel = runtime.kernel(`axpy ${layout.size}`, () => axpy(layout.size, 1, runtime.tuning));
  runtime.run(kernel, [x.storage, into.storage]);
}

/** A copy of x in a layout of the caller's, in `place` or in memory of its own. */
export function copyInto(place: Storage | null, x: Tensor, layout: Layout): Tensor {
  const y = place ? new Tensor(x.runtime, layout, x.dtype, place) : empty(x.runtime, layout, x.dtype);
  copy(x.runtime, x.storage, y.storage, x.layout, layout);
  return y;
}

/** Copies whole storages of the same number of words. */
export function copyStorage(runtime: Runtime, source: Storage, target: Storage): void {
  const words = rowMajor([target.words]);
  copy(runtime, source, target, words, words);
}

function copy(runtime: Runtime, source: Storage, target: Storage, from: Layout, to: Layout): void {
  const kernel = runtime.kernel(`relayout ${layoutKey(from)} ${layoutKey(to)}`, () =>
    relayout(from, to, undefined, runtime.tuning),
  );
  runtime.run(kernel, [source, target]);
}
