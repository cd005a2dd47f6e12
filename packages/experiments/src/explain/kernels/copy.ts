/** Copies of tensors: other layouts, shapes, types and parts. */
import * as k from '@glassbox/wgsl-kernels';
import {
  batch,
  type Example,
  type ExampleContext,
  type KernelEntry,
  type Oracle,
  one,
  tensorLayout,
} from './entry.ts';

const copy = (
  dimensions: string,
  shape: readonly number[],
  build: (layout: k.Layout, machine: k.Machine) => Example,
): KernelEntry => ({
  group: 'copies',
  dimensions,
  shape,
  build: (sizes, _, machine) => build(tensorLayout(sizes), machine),
});

const same: Oracle = ({ x }) => ({ y: exactly(x) });
const exactly = (values: ArrayLike<number>) => ({ values, tolerance: 0 });
/** Kernels that copy bits bind words. */
const words: ExampleContext = {
  contents: ({ x, y }) => ({
    x: Uint32Array.from(x, (_, i) => i * 2654435761),
    y: Uint32Array.from(y, (_, i) => i + 1),
  }),
};
const tensor = [batch, 16, 14, 14];

export const copies: Record<string, KernelEntry> = {
  axpy: copy('size…', tensor, (layout, machine) => {
    // Whole buffers, so that padding and zeros after an image count as words.
    const words = { words: layout.size, about: 'a whole buffer' };
    return one(k.axpy(layout.size, 1, machine), { x: words, y: words }, ({ x, y }) => ({
      y: k.axpyOracle(x, y),
    }));
  }),
  cast: copy('size…', tensor, (layout, machine) =>
    one(
      k.cast('f32', 'i32', layout, machine),
      { x: layout, y: layout },
      ({ x }) => ({ y: exactly(k.castOracle('f32', 'i32', x)) }),
      { contents: ({ x }) => ({ x: Float32Array.from(x, (value) => 100 * value) }) },
    ),
  ),
  fill: copy('size…', tensor, (layout, machine) =>
    one(k.fill(0.5, layout, 'f32', machine), { y: layout }, () => ({
      y: exactly(new Float64Array(k.elementCount(layout.shape)).fill(0.5)),
    })),
  ),
  copyRegion: copy('N,C,H,W', tensor, (from, machine) => {
    // The first half of the channels, as `slice` takes it.
    const [n, channels, ...image] = from.shape;
    const to = k.imageLayout([n, Math.ceil(channels / 2), ...image]);
    const region = { size: to.shape, elsewhere: 'zero' } as const;
    const oracle: Oracle = ({ x, y }) => ({
      y: exactly(k.copyRegionOracle(x, from.shape, y, to.shape, region)),
    });
    return one(k.copyRegion(from, to, region, machine), { x: from, y: to }, oracle, words);
  }),
  relayout: copy('N,C,H,W', tensor, (from, machine) => {
    const to = k.rowMajor(from.shape);
    return one(k.relayout(from, to, undefined, machine), { x: from, y: to }, same, words);
  }),
  reshape: copy('N,C,H,W', tensor, (from, machine) => {
    const [n, ...rest] = from.shape;
    const to = k.rowMajor([n, k.elementCount(rest)]);
    return one(k.reshape(from, to, machine), { x: from, y: to }, same, words);
  }),
  expand: copy('rows,columns', [batch, 512], (out, machine) => {
    const row = k.rowMajor([1, out.shape[1]]);
    return one(k.expand(row, out, 1, machine), { x: row, y: out }, ({ x }) => ({
      y: exactly(k.broadcastOracle(x, row.shape, out.shape)),
    }));
  }),
};
