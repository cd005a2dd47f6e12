import { isPlanar, type Layout } from '../../layout.ts';
import type { ConvEpilogue } from '../epilogue.ts';
import { conv2dLayouts } from '../layouts.ts';
import {
  type Conv2dSpec,
  conv2dDilation,
  conv2dFlop,
  conv2dOutputSize,
  requireFast,
  tapDistances,
} from '../spec.ts';
import type { Axis } from './axis.ts';

/**
 * A convolution, or its input gradient, as a matrix product whose left matrix is never written to memory ("implicit
 * GEMM"):
 *
 *   target[pixel, b] = bias[b] + sum_{tap, a} source[place(pixel, tap), a] * weight[(tap, a), b].
 *
 * Rows of the left matrix are target pixels, its columns are pairs of a filter tap and a source channel a; b is a
 * target channel. Both passes differ only in `place`, which an `Axis` describes for rows and for columns of the image.
 */
export interface ImplicitGemm extends ConvEpilogue {
  readonly name: string;
  readonly about: string;
  readonly source: { readonly name: string; readonly layout: Layout };
  readonly target: { readonly name: string; readonly layout: Layout };
  readonly weight: {
    /** `packed`: in panels, see `pack.ts`. */
    readonly name: 'weight' | 'transposed' | 'packed';
    readonly layout: Layout;
    /** Which logical dimension of the filter [K,C,R,S] runs over source channels: 1 forward, 0 backward. */
    readonly sourceDim: 0 | 1;
  };
  readonly rows: Axis;
  readonly columns: Axis;
  readonly flop: number;
}

/** y from x. */
export function forwardGemm(spec: Conv2dSpec, epilogue: ConvEpilogue = {}): ImplicitGemm {
  requireFast('conv2dForward', spec);
  const { x, y, weight } = conv2dLayouts(spec);
  const { stride, padding } = spec;
  const [rows, columns] = axes(spec, 'forward');
  const [r, s] = tapDistances(spec);
  return {
    name: 'conv2dForward',
    about: `y[n,k,p,q] = ${epilogue.bias ? 'bias[k] + ' : ''}sum_{c,r,s}
  x[n, c, p*${stride[0]} + ${r} - ${padding[0]}, q*${stride[1]} + ${s} - ${padding[1]}] * weight[k,c,r,s]`,
    source: { name: 'x', layout: x },
    target: { name: 'y', layout: y },
    weight: { name: 'weight', layout: weight, sourceDim: 1 },
    rows,
    columns,
    ...epilogue,
    flop: conv2dFlop(spec),
  };
}

/** dx from dy; with an epilogue, the forward pass of a transposed convolution. */
export function inputGradientGemm(spec: Conv2dSpec, epilogue: ConvEpilogue = {}): ImplicitGemm {
  requireFast('conv2dInputGradient', spec);
  const { x, y, inputGradientWeight: weight, transposesFilter } = conv2dLayouts(spec);
  const { stride, padding } = spec;
  const [rows, columns] = axes(spec, 'backward');
  const [r, s] = tapDistances(spec);
  return {
    name: 'conv2dInputGradient',
    about: `dx[n,c,h,w] = ${epilogue.bias ? 'bias[c] + ' : ''}sum_{k,r,s}
  dy[n, k, (h + ${padding[0]} - ${r})/${stride[0]}, (w + ${padding[1]} - ${s})/${stride[1]}] * weight[k,c,r,s],
over the taps r, s for which the quotients are integers.`,
    source: { name: 'dy', layout: y },
    target: { name: 'dx', layout: x },
    weight: { name: transposesFilter ? 'transposed' : 'weight', layout: weight, sourceDim: 0 },
    rows,
    columns,
    ...epilogue,
    flop: conv2dFlop(spec),
  };
}

function axes(spec: Conv2dSpec, direction: Axis['direction']): readonly [Axis, Axis] {
  const { height, width, kernel, stride, padding } = spec;
  const output = conv2dOutputSize(spec);
  const axis = (d: 0 | 1): Axis => {
    const input = [height, width][d];
    const [source, target] = direction === 'forward' ? [input, output[d]] : [output[d], input];
    return {
      ...{ direction, source, target, taps: kernel[d] },
      ...{ stride: stride[d], padding: padding[d], dilation: conv2dDilation(spec)[d] },
    };
  };
  return [axis(0), axis(1)];
}

/**
 * How an invocation multiplies. `splat`: both sides channels-last; one source channel, in all lanes, times a vec4 of
 * target channels. `planar`: the source has fewer than 4 channels. `dot`: only the target has; four source channels
 * times four weights of one target channel.
 */
export type InnerLoop = 'splat' | 'planar' | 'dot';

export function innerLoopOf({ source, target }: ImplicitGemm): InnerLoop {
  if (isPlanar(source.layout.shape[1])) return 'planar';
  return isPlanar(target.layout.shape[1]) ? 'dot' : 'splat';
}

/** vec4s of target channels; 1 if the target is planar. */
export function targetVectors({ target }: ImplicitGemm): number {
  return isPlanar(target.layout.shape[1]) ? 1 : target.layout.extents[1] / 4;
}
