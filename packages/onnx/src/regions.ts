import type { Tensor } from '@glassbox/tensor-core';
import type { Region } from '@glassbox/wgsl-kernels';
import { type Graph, integers } from './graph.ts';

/** Parts of a tensor that is being put together, along which dimension, and up to where it is complete. */
interface Pieces {
  readonly values: string[];
  end: number;
}

const open = new WeakMap<Tensor, Pieces>();

/** `copyRegion` as a slice or, together with those that fill the same tensor, as a concatenation. */
export function copied(graph: Graph, x: Tensor, y: Tensor, region: Region): void {
  const { size, fromOffset, toOffset } = region;
  const whole = (tensor: Tensor) => tensor.shape.every((extent, d) => extent === size[d]);
  if (whole(y)) {
    const axes = x.shape.flatMap((extent, d) => (extent === size[d] ? [] : [d]));
    const starts = axes.map((d) => fromOffset?.[d] ?? 0);
    const ends = axes.map((d, n) => starts[n] + size[d]);
    const ranges = [starts, ends, axes].map((list) => integers(...list));
    graph.assign(
      y,
      axes.length === 0 ? graph.valueOf(x) : graph.emit('Slice', [graph.valueOf(x), ...ranges]),
    );
    return;
  }
  const [along, ...others] = y.shape.flatMap((extent, d) => (extent === size[d] ? [] : [d]));
  const pieces = open.get(y) ?? { values: [], end: 0 };
  const next = others.length === 0 && whole(x) && (toOffset?.[along] ?? 0) === pieces.end;
  if (region.elsewhere !== 'keep' || !next) {
    throw new Error(
      `toOnnx: ${graph.from} fills a part of a tensor; only slices and concatenations are written`,
    );
  }
  open.set(y, pieces);
  pieces.values.push(graph.valueOf(x));
  pieces.end += size[along];
  if (pieces.end === y.shape[along]) graph.assign(y, graph.emit('Concat', pieces.values, { axis: along }));
}
