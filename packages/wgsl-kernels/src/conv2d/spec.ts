/** A 2-D convolution without dilation, as torch.nn.functional.conv2d computes it. */
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
  /**
   * Groups of channels that are convolved apart: an output channel sees only the C / groups input channels of its own
   * group. As many groups as input channels are a depthwise convolution. Default 1.
   */
  readonly groups?: number;
}

/**
 * Height and width of a convolution's output: P = floor((H + 2 padding - R) / stride) + 1, likewise Q.
 * @throws RangeError if a size is not a positive integer, the channels cannot be split into so many equal groups, or
 * the filter does not fit into the padded image.
 */
export function conv2dOutputSize(spec: Conv2dSpec): readonly [number, number] {
  const { batch, inChannels, height, width, outChannels, kernel, stride, padding, groups = 1 } = spec;
  const positive = { batch, inChannels, height, width, outChannels, kernel, stride, groups };
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
  const size = [height, width].map((extent, d) => {
    const room = extent + 2 * padding[d] - kernel[d];
    if (room < 0) {
      throw new RangeError(
        `conv2d: the ${kernel.join('x')} filter does not fit into the ${height}x${width} image with padding ` +
          `${padding.join('x')} (input [${batch},${inChannels},${height},${width}]); ` +
          'enlarge the padding or use a smaller filter',
      );
    }
    return Math.floor(room / stride[d]) + 1;
  });
  return [size[0], size[1]];
}

/** What the fast forms compute: a convolution that has these sizes and no others. */
const fastSizes = 'batch inChannels height width outChannels kernel stride padding'.split(' ');

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
  const [k, c] = conv2dFilterShape(spec);
  const [rows, columns] = conv2dOutputSize(spec).map((positions, d) => {
    const inside = (at: number) => at >= 0 && at < [height, width][d];
    let pairs = 0;
    for (let position = 0; position < positions; position++) {
      for (let tap = 0; tap < kernel[d]; tap++) if (inside(position * stride[d] - padding[d] + tap)) pairs++;
    }
    return pairs;
  });
  return 2 * batch * k * c * rows * columns;
}
