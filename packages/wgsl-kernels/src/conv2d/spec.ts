import {
  filterLayout,
  imageLayout,
  isPlanar,
  type Layout,
  orderedLayout,
  roundUp4,
  rowMajor,
} from '../layout.ts';

/** A 2-D convolution without dilation or groups, as torch.nn.functional.conv2d computes it. */
export interface Conv2dSpec {
  /** N */
  readonly batch: number;
  /** C */
  readonly inChannels: number;
  /** H */
  readonly height: number;
  /** W */
  readonly width: number;
  /** K */
  readonly outChannels: number;
  /** R, S: the filter's rows and columns. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Rows and columns of zeros added on each side. */
  readonly padding: readonly [number, number];
}

/**
 * Height and width of a convolution's output: P = floor((H + 2 padding - R) / stride) + 1, likewise Q.
 * @throws RangeError if a size is not a positive integer or the filter does not fit into the padded image.
 */
export function conv2dOutputSize(spec: Conv2dSpec): readonly [number, number] {
  const { batch, inChannels, height, width, outChannels, kernel, stride, padding } = spec;
  const positive = { batch, inChannels, height, width, outChannels, kernel, stride };
  for (const [name, value] of Object.entries(positive)) {
    if ([value].flat().some((size) => !Number.isInteger(size) || size < 1)) {
      throw new RangeError(`conv2d: ${name} is ${value}, but must be a positive integer`);
    }
  }
  if (padding.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new RangeError(`conv2d: padding is ${padding}, but must be an integer of at least 0`);
  }
  const size = [height, width].map((extent, d) => {
    const room = extent + 2 * padding[d] - kernel[d];
    if (room < 0) {
      throw new RangeError(
        `conv2d: the ${kernel.join('x')} filter does not fit into the ${height}x${width} image with padding ` +
          `${padding.join('x')} (input [${batch},${inChannels},${height},${width}]); enlarge the padding or use a smaller filter`,
      );
    }
    return Math.floor(room / stride[d]) + 1;
  });
  return [size[0], size[1]];
}

/** How the tensors of a convolution lie in memory. */
export interface Conv2dLayouts {
  /** [N,C,H,W], `imageLayout`. */
  readonly x: Layout;
  /** [K,C,R,S], `filterLayout`: where weights live, and what the weight gradient is written in. */
  readonly weight: Layout;
  /**
   * What `conv2dInputGradient` reads: `filterLayout` or `filterTransposedLayout`, whichever suits the shape.
   */
  readonly inputGradientWeight: Layout;
  /** [K], row-major. */
  readonly bias: Layout;
  /** [C], row-major: the bias that `conv2dInputGradient` adds when it serves a transposed convolution. */
  readonly inputBias: Layout;
  /** [N,K,P,Q], `imageLayout`. */
  readonly y: Layout;
}

/** The layouts of x, weight, bias and y (gradients lie as what they are the gradient of). */
export function conv2dLayouts(spec: Conv2dSpec): Conv2dLayouts {
  const { batch, inChannels, height, width, outChannels, kernel } = spec;
  const filter = [outChannels, inChannels, ...kernel];
  const weight = filterLayout(filter);
  // A planar dx is computed as dot products over k, which lies innermost in `filterLayout` already.
  const dots = isPlanar(inChannels) && !isPlanar(outChannels);
  return {
    x: imageLayout([batch, inChannels, height, width]),
    weight,
    inputGradientWeight: dots ? weight : filterTransposedLayout(filter),
    bias: rowMajor([outChannels]),
    inputBias: rowMajor([inChannels]),
    y: imageLayout([batch, outChannels, ...conv2dOutputSize(spec)]),
  };
}

/**
 * Filters (K,C,R,S) as the input gradient reads them: R,S,K,C in memory, K and C padded to multiples of 4.
 */
export function filterTransposedLayout(shape: readonly number[]): Layout {
  const [k, c, r, s] = shape;
  const padded = orderedLayout([roundUp4(k), roundUp4(c), r, s], [2, 3, 0, 1]);
  return { ...padded, shape };
}

/**
 * Floating-point operations of a convolution, of its input gradient and of its weight gradient: taps in the padding
 * do not count.
 */
export function conv2dFlop(spec: Conv2dSpec): number {
  const { batch, inChannels, outChannels, height, width, kernel, stride, padding } = spec;
  const [rows, columns] = conv2dOutputSize(spec).map((positions, d) => {
    const inside = (at: number) => at >= 0 && at < [height, width][d];
    let pairs = 0;
    for (let position = 0; position < positions; position++) {
      for (let tap = 0; tap < kernel[d]; tap++) if (inside(position * stride[d] - padding[d] + tap)) pairs++;
    }
    return pairs;
  });
  return 2 * batch * outChannels * inChannels * rows * columns;
}

/**
 * The register tile of one invocation. On CPUs with 16 vector registers pixels times channels4 should be 8 to 10:
 * fewer do not hide the latency of a multiply-add, more leave no register for the weights.
 */
export interface ConvTile {
  /** Pixels. */
  readonly pixels: number;
  /** `vec4`s of output channels. */
  readonly channels4: number;
  /** Invocations per workgroup, if not the device's usual number. */
  readonly workgroupSize?: number;
  /** 1: one invocation walks along a whole row of the target (`gather-rows.ts`); for few source channels only. */
  readonly alongRow?: number;
  /**
   * 1: the pixels are one position in neighbouring images (`gather-images.ts`); for at least 4 channels on both
   * sides.
   */
  readonly overImages?: number;
  /**
   * Share source pixels and weights in workgroup memory (`conv2dForwardWorkgroup`): so many invocations of a
   * workgroup lie along the channels, the others along pixels. At least `pixels`, and a divisor of `workgroupSize`.
   */
  readonly across?: number;
}

/** 32 pixels times 32 channels a workgroup: what the variants with workgroup memory use unless told otherwise. */
export const workgroupTile: ConvTile = { pixels: 4, channels4: 1, across: 8, workgroupSize: 64 };
