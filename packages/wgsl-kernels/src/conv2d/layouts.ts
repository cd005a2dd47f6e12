import {
  filterLayout,
  imageLayout,
  isPlanar,
  type Layout,
  orderedLayout,
  roundUp4,
  rowMajor,
} from '../layout.ts';
import { type Conv2dSpec, conv2dFilterShape, conv2dOutputSize } from './spec.ts';

/** How the tensors of a convolution lie in memory; gradients lie as what they are the gradient of. */
export interface Conv2dLayouts {
  /** Input images [N,C,H,W], `imageLayout`. */
  readonly x: Layout;
  /** [K,C,R,S], `filterLayout`: where weights live, and what the weight gradient is written in. */
  readonly weight: Layout;
  /** What the input gradient multiplies by: `filterLayout` or `filterTransposedLayout`, whichever suits the shape. */
  readonly inputGradientWeight: Layout;
  /** True if that is the transposed one, which `transposeFilter` writes. */
  readonly transposesFilter: boolean;
  /** [K], row-major. */
  readonly bias: Layout;
  /** [C], row-major: the bias that `conv2dInputGradient` adds when it serves a transposed convolution. */
  readonly inputBias: Layout;
  /** Output images [N,K,P,Q], `imageLayout`. */
  readonly y: Layout;
}

/** The layouts of x, weight, bias and y. @throws RangeError as `conv2dOutputSize` does. */
export function conv2dLayouts(spec: Conv2dSpec): Conv2dLayouts {
  const { batch, inChannels, height, width, outChannels } = spec;
  const filter = conv2dFilterShape(spec);
  const weight = filterLayout(filter);
  // A planar dx is computed as dot products over k, which lies innermost in `filterLayout` already.
  const transposesFilter = !isPlanar(inChannels) || isPlanar(outChannels);
  return {
    x: imageLayout([batch, inChannels, height, width]),
    weight,
    inputGradientWeight: transposesFilter ? filterTransposedLayout(filter) : weight,
    transposesFilter,
    bias: rowMajor([outChannels]),
    inputBias: rowMajor([inChannels]),
    y: imageLayout([batch, outChannels, ...conv2dOutputSize(spec)]),
  };
}

/** Filters (K,C,R,S) with their channels exchanged: R,S,K,C in memory, K and C padded to multiples of 4. */
export function filterTransposedLayout(shape: readonly number[]): Layout {
  const [k, c, r, s] = shape;
  const padded = orderedLayout([roundUp4(k), roundUp4(c), r, s], [2, 3, 0, 1]);
  return { ...padded, shape };
}
