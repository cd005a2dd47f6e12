import type { Tensor } from '@glassbox/tensor-core';
import { type Graph, integers } from './graph.ts';

/** The taps of `resample`, which the host gave. */
interface Taps {
  readonly starts: Tensor;
  readonly indices: Tensor;
  readonly weights: Tensor;
}

/**
 * `resample` as one Gather if each position is a position of x, else as a sum of some, each times the weights of its
 * positions: the k-th one takes the k-th tap.
 */
export function resampled(
  graph: Graph,
  x: string,
  { rank, axis, taps }: { rank: number; axis: number; taps: Taps },
) {
  const [starts, indices, weights] = [taps.starts, taps.indices, taps.weights].map((list) => {
    const { upload } = list.storage;
    if (!upload) throw new Error(`toOnnx: ${graph.from} has taps that the host did not give`);
    // A buffer may be longer than its tensor.
    return upload.subarray(0, list.size);
  });
  const counts = Array.from({ length: starts.length - 1 }, (_, j) => starts[j + 1] - starts[j]);
  const terms = Array.from({ length: Math.max(...counts, 1) }, (_, k) => {
    const own = counts.map((count, j) => (k < count ? starts[j] + k : -1));
    const places = integers(...own.map((tap) => (tap < 0 ? 0 : indices[tap])));
    const shares = own.map((tap) => (tap < 0 ? 0 : weights[tap]));
    const term = graph.emit('Gather', [x, places], { axis });
    if (shares.every((share) => share === 1)) return term;
    const sizes = [shares.length, ...Array.from({ length: rank - 1 - axis }, () => 1)];
    const column = graph.emit('Reshape', [{ type: 'f32', values: shares }, integers(...sizes)]);
    return graph.emit('Mul', [term, column]);
  });
  return terms.reduce((sum, term) => graph.emit('Add', [sum, term]));
}
