import { elementCount, filterLayout, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import { conv2dBiasGradient } from './bias-gradient.ts';
import type { ConvEpilogue } from './epilogue.ts';
import { chooseForm, type Form, forwardForms, inputGradientForms, weightGradientForms } from './forms.ts';
import { conv2dLayouts } from './layouts.ts';
import { forEachProduct } from './plain.ts';
import { type Conv2dSpec, conv2dFilterShape, conv2dReach } from './spec.ts';

/**
 * Transposed convolution (torch.nn.functional.conv_transpose2d). It has no kernels of its own,
 * because it is the adjoint of a convolution. That convolution, `adjointConv2d(spec)`, maps images like y to
 * images like x:
 *
 *   X[n,i,h,w] = sum_{o,r,s} Y[n, o, h*stride + r*dilation - padding, …] * weight[i,o,r,s]
 *
 * with the same weight [Cin, Cout / groups, R, S], read as [K, C / groups, R, S]. A transposed convolution scatters
 * along the same pairs of positions, y[n, o, h*stride + r*dilation - padding, …] += x[n,i,h,w] * weight[i,o,r,s]. Hence
 *
 * - its forward pass is the convolution's input gradient,
 * - its input gradient is the convolution's forward pass, and
 * - its weight gradient is the convolution's, with x and dy in each other's place.
 */
export interface ConvTranspose2dSpec {
  /** N: number of images. */
  readonly batch: number;
  /** Cin: channels of the input. */
  readonly inChannels: number;
  /** H: rows of the input. */
  readonly height: number;
  /** W: columns of the input. */
  readonly width: number;
  /** Cout: channels of the output. */
  readonly outChannels: number;
  /** R, S: the filter's rows and columns. */
  readonly kernel: readonly [number, number];
  /** Rows and columns of the output between neighbours of the input. */
  readonly stride: readonly [number, number];
  /** Rows and columns that the output loses on each side. */
  readonly padding: readonly [number, number];
  /** Rows and columns added at the bottom and right of the output; smaller than the stride. */
  readonly outputPadding: readonly [number, number];
  /** Rows and columns of the output from one tap of the filter to the next. Default 1. */
  readonly dilation?: readonly [number, number];
  /** Groups of channels that are convolved apart, as `Conv2dSpec` has them. Default 1. */
  readonly groups?: number;
}

/**
 * Height and width of the output: (size - 1) * stride - 2 padding + dilation * (filter - 1) + 1 + outputPadding.
 * @throws RangeError if outputPadding is not smaller than the stride, or nothing would be left.
 */
export function convTranspose2dOutputSize(spec: ConvTranspose2dSpec): readonly [number, number] {
  const { height, width, kernel, stride, padding, outputPadding } = spec;
  const size = ([0, 1] as const).map((d) => {
    if (!Number.isInteger(outputPadding[d]) || outputPadding[d] < 0 || outputPadding[d] >= stride[d]) {
      throw new RangeError(
        `convTranspose2d: outputPadding is ${outputPadding}, but must be at least 0 and ` +
          `smaller than the stride ${stride}`,
      );
    }
    const inner = ([height, width][d] - 1) * stride[d] + conv2dReach(spec, d);
    const result = inner - 2 * padding[d] + outputPadding[d];
    if (result < 1) {
      throw new RangeError(
        `convTranspose2d: a ${height}x${width} input with filter ${kernel.join('x')}, ` +
          `stride ${stride.join('x')} and padding ${padding.join('x')} leaves no output; use less padding`,
      );
    }
    return result;
  });
  return [size[0], size[1]];
}

/** The convolution from images like y to images like x whose adjoint this is. */
function adjointConv2d(spec: ConvTranspose2dSpec): Conv2dSpec {
  const { inChannels, outChannels, outputPadding, ...same } = spec;
  const [height, width] = convTranspose2dOutputSize(spec);
  return { ...same, inChannels: outChannels, height, width, outChannels: inChannels };
}

/** How the tensors of a transposed convolution lie in memory. */
export interface ConvTranspose2dLayouts {
  /** Input images [N,Cin,H,W], `imageLayout`. */
  readonly x: Layout;
  /** Filters [Cin, Cout / groups, R, S], `filterLayout`. */
  readonly weight: Layout;
  /** [Cout], row-major. */
  readonly bias: Layout;
  /** Output images [N,Cout,P,Q], `imageLayout`. */
  readonly y: Layout;
}

/** Where the weights [Cin,Cout,R,S] of a transposed convolution live: `filterLayout`, as its adjoint's. */
export function convTranspose2dWeightLayout(shape: readonly number[]): Layout {
  return filterLayout(shape);
}

/** The layouts of a transposed convolution's tensors. */
export function convTranspose2dLayouts(spec: ConvTranspose2dSpec): ConvTranspose2dLayouts {
  const { x: y, y: x, weight, inputBias: bias } = conv2dLayouts(adjointConv2d(spec));
  return { x, weight, bias, y };
}

/**
 * y. Buffers, named as the adjoint convolution names them: dy (this is x here), weight, [bias], dx (this is y), and the
 * plan's scratch memory.
 */
export function convTranspose2dForward(
  spec: ConvTranspose2dSpec,
  epilogue: Pick<ConvEpilogue, 'bias' | 'relu'> = {},
  machine: Machine = machines.gpu,
): KernelPlan {
  const plan = direct(inputGradientForms, adjointConv2d(spec), epilogue, machine);
  return renamed(plan, 'conv2dInputGradient', 'convTranspose2dForward');
}

/** dx. Buffers: x (this is dy here), weight, y (this is dx). */
export function convTranspose2dInputGradient(
  spec: ConvTranspose2dSpec,
  machine: Machine = machines.gpu,
): KernelPlan {
  const plan = direct(forwardForms, adjointConv2d(spec), {}, machine);
  return renamed(plan, 'conv2dForward', 'convTranspose2dInputGradient');
}

/** dWeight. Buffers: x (this is dy here), dy (this is x), dWeight, and the plan's scratch memory. */
export function convTranspose2dWeightGradient(
  spec: ConvTranspose2dSpec,
  machine: Machine = machines.gpu,
): KernelPlan {
  return direct(weightGradientForms, adjointConv2d(spec), {}, machine);
}

/** Winograd's form was never measured for transposed convolutions: they do without it. */
function direct(
  forms: readonly Form[],
  spec: Conv2dSpec,
  epilogue: ConvEpilogue,
  machine: Machine,
): KernelPlan {
  const others = forms.filter(({ form }) => form !== 'winograd');
  return chooseForm(others, spec, machine).kernels(spec, epilogue, machine);
}

function renamed(plan: KernelPlan, from: string, to: string): KernelPlan {
  const kernels = plan.kernels.map((kernel) => (kernel.name === from ? { ...kernel, name: to } : kernel));
  return { ...plan, kernels };
}

/** dBias. Bindings: dy, dBias; and the plan's scratch memory. */
export function convTranspose2dBiasGradient(
  spec: ConvTranspose2dSpec,
  machine: Machine = machines.gpu,
): KernelPlan {
  // Summing y's gradient over pixels does not depend on the filter: any convolution with such an output will do.
  const [height, width] = convTranspose2dOutputSize(spec);
  const { batch, outChannels } = spec;
  return conv2dBiasGradient(
    { batch, inChannels: 1, height, width, outChannels, kernel: [1, 1], stride: [1, 1], padding: [0, 0] },
    machine,
  );
}

/**
 * The definition as a scatter, in float64, on dense arrays: x [N,Cin,H,W], weight [Cin, Cout / groups, R, S],
 * bias [Cout]; returns y.
 */
export function convTranspose2dForwardOracle(
  spec: ConvTranspose2dSpec,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const [P, Q] = convTranspose2dOutputSize(spec);
  const O = spec.outChannels;
  const y = new Float64Array(spec.batch * O * P * Q);
  if (bias) for (let i = 0; i < y.length; i++) y[i] = bias[Math.floor(i / (P * Q)) % O];
  forEachProduct(adjointConv2d(spec), (yIndex, weightIndex, xIndex) => {
    y[yIndex] += x[xIndex] * weight[weightIndex];
  });
  return y;
}

/** dx [N,Cin,H,W] from dy [N,Cout,P,Q] and weight [Cin, Cout / groups, R, S]. */
export function convTranspose2dInputGradientOracle(
  spec: ConvTranspose2dSpec,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): Float64Array {
  const dx = new Float64Array(spec.batch * spec.inChannels * spec.height * spec.width);
  forEachProduct(adjointConv2d(spec), (yIndex, weightIndex, xIndex) => {
    dx[xIndex] += dy[yIndex] * weight[weightIndex];
  });
  return dx;
}

/** dWeight [Cin, Cout / groups, R, S] from x [N,Cin,H,W] and dy [N,Cout,P,Q]. */
export function convTranspose2dWeightGradientOracle(
  spec: ConvTranspose2dSpec,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const adjoint = adjointConv2d(spec);
  const dWeight = new Float64Array(elementCount(conv2dFilterShape(adjoint)));
  forEachProduct(adjoint, (yIndex, weightIndex, xIndex) => {
    dWeight[weightIndex] += dy[yIndex] * x[xIndex];
  });
  return dWeight;
}
