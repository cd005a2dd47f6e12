/** What the texts of all weight gradients have in common. */
import type { Constants } from '../../constants.ts';
import { isPlanar } from '../../layout.ts';
import { conv2dLayouts } from '../layouts.ts';
import {
  type Conv2dSpec,
  conv2dDilation,
  conv2dOutputSize,
  requireFast,
  tapDistance,
  tapDistances,
} from '../spec.ts';

export function weightGradientFormula(spec: Conv2dSpec): string {
  const { stride, padding } = spec;
  const [r, s] = tapDistances(spec);
  return `dWeight[k,c,r,s] = sum_{n,p,q}
  dy[n,k,p,q] * x[n, c, p*${stride[0]} + ${r} - ${padding[0]}, q*${stride[1]} + ${s} - ${padding[1]}]`;
}

/** The convolution's sizes. */
export function weightGradientConstants(spec: Conv2dSpec): Constants {
  requireFast('conv2dWeightGradient', spec);
  const { x, y, weight } = conv2dLayouts(spec);
  const [p, q] = conv2dOutputSize(spec);
  const [dilationY, dilationX] = conv2dDilation(spec);
  return {
    N: spec.batch,
    C: spec.inChannels,
    C4: [x.extents[1] / 4, 'vec4s of input channels'],
    H: spec.height,
    W: spec.width,
    K4: [weight.extents[0] / 4, 'vec4s of output channels'],
    P: p,
    Q: q,
    R: spec.kernel[0],
    S: spec.kernel[1],
    STRIDE_Y: spec.stride[0],
    STRIDE_X: spec.stride[1],
    PADDING_Y: spec.padding[0],
    PADDING_X: spec.padding[1],
    DILATION_Y: dilationY,
    DILATION_X: dilationX,
    X_ROW: [x.extents[3], 'words of a row of x, padding included'],
    X_ZEROS: [x.size / (isPlanar(spec.inChannels) ? 1 : 4), 'where the zeros after x begin'],
    DY_IMAGE: y.strides[0],
    DY_PLANE: [y.strides[1], 'words of a channel of dy'],
    DY_ROW: [y.strides[2], 'words of a row of dy, padding included'],
  };
}

/** WGSL: the output positions <name>0 to before <name>1 along axis `d` whose `tap` lies inside of the image. */
export function positionsInside(spec: Conv2dSpec, name: string, tap: string, d: 0 | 1): string {
  const [axis, size, count] = [
    ['Y', 'H', 'P'],
    ['X', 'W', 'Q'],
  ][d];
  const away = tapDistance(spec, tap, d);
  const first = (from: string) =>
    `(max(${from}, ${away}) - ${away} + (STRIDE_${axis} - 1u)) / STRIDE_${axis}`;
  return `let ${name}0 = ${spec.padding[d] === 0 ? '0u' : first(`PADDING_${axis}`)};
let ${name}1 = min(${count}, ${first(`${size} + PADDING_${axis}`)});`;
}
