import { times } from '../matmul/arithmetic.ts';

/** A 2-D convolution, as torch.nn.functional.conv2d computes it. */
export interface Conv2dSpec {
  /** N: number of images. */
  readonly batch: number;
  /** C: channels of the input. */
  readonly inChannels: number;
  /** H: rows of the input. */
  readonly height: number;
  /** W: columns of the input. */
  readonly width: number;
  /** K: channels of the output. */
  readonly outChannels: number;
  /** R, S: the filter's rows and columns. */
  readonly kernel: readonly [number, number];
  /** Rows and columns between filter positions. */
  readonly stride: readonly [number, number];
  /** Rows and columns of zeros added on each side. */
  readonly padding: readonly [number, number];
  /** Rows and columns of the image from one tap of the filter to the next. Default 1. */
  readonly dilation?: readonly [number, number];
  /**
   * Groups of channels that are convolved apart: an output channel sees only the C / groups input channels of its own
   * group. As many groups as input channels are a depthwise convolution. Default 1.
   */
  readonly groups?: number;
}

/** Rows and columns of the image from one tap of a filter to the next. */
export function conv2dDilation({ dilation = [1, 1] }: Pick<Conv2dSpec, 'dilation'>) {
  return dilation;
}

/** WGSL: how far the tap with this number lies from the first one, along axis `d`; `name` is the dilation's. */
export function tapDistance(
  spec: Pick<Conv2dSpec, 'dilation'>,
  tap: string,
  d: 0 | 1,
  name = `DILATION_${'YX'[d]}`,
): string {
  return times(tap, conv2dDilation(spec)[d], name);
}

/** The same of tap (r, s), for a formula: `r`, or `r*2`, or `r` times the dilation's `name`. */
export function tapDistances(spec: Pick<Conv2dSpec, 'dilation'>, name?: string): readonly [string, string] {
  const [down, right] = conv2dDilation(spec);
  return [tapDistance(spec, 'r', 0, name ?? `${down}`), tapDistance(spec, 's', 1, name ?? `${right}`)];
}

/** Rows (d = 0) or columns (d = 1) of the image that the filter lies on, those between its taps included. */
export function conv2dReach(spec: Pick<Conv2dSpec, 'kernel' | 'dilation'>, d: 0 | 1): number {
  return (spec.kernel[d] - 1) * conv2dDilation(spec)[d] + 1;
}

/**
 * Height and width of a convolution's output: P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1, likewise
 * Q.
 * @throws RangeError if a size is not a positive integer, the channels cannot be split into so many equal groups, or
 * the filter does not fit into the padded image.
 */
export function conv2dOutputSize(spec: Conv2dSpec): readonly [number, number] {
  const { batch, inChannels, height, width, outChannels, kernel, stride, padding, groups = 1 } = spec;
  const dilation = conv2dDilation(spec);
  const positive = { batch, inChannels, height, width, outChannels, kernel, stride, dilation, groups };
  for (const [name, value] of Object.entries(positive)) {
    if ([value].flat().some((size) => !Number.isInteger(size) || size < 1)) {
      throw new RangeError(`conv2d: ${name} is ${value}, but must be a positive integer`);
    }
  }
  if (padding.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new RangeError(`conv2d: padding is ${padding}, but must be an integer of at least 0`);
  }
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `conv2d: ${inChannels} input and ${outChannels} output channels cannot be split into ${groups} equal groups; ` +
        'groups must divide both',
    );
  }
  const size = ([0, 1] as const).map((d) => {
    const room = [height, width][d] + 2 * padding[d] - conv2dReach(spec, d);
    if (room < 0) {
      const apart = dilation.some((step) => step > 1) ? ` with dilation ${dilation.join('x')}` : '';
      throw new RangeError(
        `conv2d: the ${kernel.join('x')} filter${apart} does not fit into the ${height}x${width} image with padding ` +
          `${padding.join('x')} (input [${batch},${inChannels},${height},${width}]); ` +
          `enlarge the padding or use a smaller filter${apart && ' or dilation'}`,
      );
    }
    return Math.floor(room / stride[d]) + 1;
  });
  return [size[0], size[1]];
}

/** What the fast forms compute: a convolution that has these sizes and no others. */
const fastSizes = 'batch inChannels height width outChannels kernel stride padding dilation'.split(' ');

/**
 * Refuses a convolution with an option that the fast forms do not know, rather than compute another one.
 * @throws RangeError that names the form and the option; and as `conv2dOutputSize` does.
 */
export function requireFast(form: string, spec: Conv2dSpec): void {
  conv2dOutputSize(spec);
  for (const [name, value] of Object.entries(spec)) {
    if (fastSizes.includes(name) || value === undefined || value === 1) continue;
    throw new RangeError(`${form}: knows no ${name} (${value}); use the plain kernels`);
  }
}

/** Logical shape of the filters: [K, C / groups, R, S]. */
export function conv2dFilterShape({
  inChannels,
  outChannels,
  kernel,
  groups = 1,
}: Conv2dSpec): readonly number[] {
  return [outChannels, inChannels / groups, ...kernel];
}

/**
 * Floating-point operations of a convolution, of its input gradient and of its weight gradient: taps in the padding
 * do not count.
 */
export function conv2dFlop(spec: Conv2dSpec): number {
  const { batch, height, width, kernel, stride, padding } = spec;
  const dilation = conv2dDilation(spec);
  const [k, c] = conv2dFilterShape(spec);
  const [rows, columns] = conv2dOutputSize(spec).map((positions, d) => {
    const inside = (at: number) => at >= 0 && at < [height, width][d];
    let pairs = 0;
    for (let position = 0; position < positions; position++) {
      for (let tap = 0; tap < kernel[d]; tap++) {
        if (inside(position * stride[d] - padding[d] + tap * dilation[d])) pairs++;
      }
    }
    return pairs;
  });
  return 2 * batch * k * c * rows * columns;
}
