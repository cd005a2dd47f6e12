import {
  equal,
  orderedLayout,
  resample as resampleKernel,
  sameLayout,
  type Taps,
  transposeTaps,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor, tensor } from '../../tensor.ts';
import { contiguous } from '../copy/layout.ts';

/**
 * One dimension, each position of which becomes the weighted sum of some positions of x. Gradient: the same with the
 * transposed weights.
 */
export function resample(op: string, x: Tensor, dimension: number, taps: Taps): Tensor {
  requireFloats(op, [x]);
  requireElements(op, x);
  if (isIdentity(taps)) return x;
  const source = simple(x, dimension);
  const { order, shape } = source.layout;
  const layout = orderedLayout(
    shape.map((size, dim) => (dim === dimension ? taps.to : size)),
    order,
  );
  const run = (from: Tensor, to: Tensor, { starts, indices, weights }: Taps) => {
    // A buffer has at least one element; of no tap none is read.
    const [places, shares] = indices.length > 0 ? [indices, weights] : [[0], [0]];
    launch(resampleKernel, [from.layout, to.layout, { dimension, taps: indices.length }], {
      x: from,
      starts: tensor(x.runtime, starts, [starts.length], { dtype: 'u32' }),
      indices: tensor(x.runtime, places, [places.length], { dtype: 'u32' }),
      weights: tensor(x.runtime, shares, [shares.length]),
      y: to,
    });
    return to;
  };
  const y = run(source, empty(x.runtime, layout), taps);
  return differentiable(op, y, [source], (dy) => [
    run(dy, empty(x.runtime, source.layout), transposeTaps(taps)),
  ]);
}

/** In a layout with one padded dimension, and with the channels of images inside only if there stay as many of them. */
function simple(x: Tensor, dimension: number): Tensor {
  const { shape, order } = x.layout;
  const isInnermostChannel = dimension === 1 && order.at(-1) === 1 && shape.length === 4;
  return sameLayout(x.layout, orderedLayout(shape, order)) && !isInnermostChannel ? x : contiguous(x);
}

function isIdentity({ from, to, starts, indices, weights }: Taps): boolean {
  const places = Array.from({ length: to }, (_, j) => j);
  return (
    from === to &&
    equal([...starts], [...places, to]) &&
    equal([...indices], places) &&
    weights.every((weight) => weight === 1)
  );
}
