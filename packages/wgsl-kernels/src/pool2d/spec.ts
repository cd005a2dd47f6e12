import { imageLayout, isPlanar, type Layout } from '../layout.ts';

/** A 2-D pooling, as torch.nn.functional.max_pool2d and avg_pool2d. */
export interface Pool2dSpec {
  /** N: number of images. */
  readonly batch: number;
  /** C: number of channels. */
  readonly channels: number;
  /** H: rows of the input. */
  readonly height: number;
  /** W: columns of the input. */
  readonly width: number;
  /** R, S: the window's rows and columns. */
  readonly kernel: readonly [number, number];
  /** Rows and columns between windows. */
  readonly stride: readonly [number, number];
  /** Rows and columns added on each side: at most half a window. */
  readonly padding: readonly [number, number];
  /** Rows and columns from one position of a window to the next. Default 1; only max-pooling knows others. */
  readonly dilation?: readonly [number, number];
  /** True: windows may reach over the end, too, if they begin in the image or before it. Default false. */
  readonly ceilMode?: boolean;
}

/** Rows and columns from one position of a window to the next. */
export function pool2dDilation({ dilation = [1, 1] }: Pick<Pool2dSpec, 'dilation'>) {
  return dilation;
}

/** Rows (d = 0) or columns (d = 1) of the image that a window lies on, those between its positions included. */
export function pool2dReach(spec: Pick<Pool2dSpec, 'kernel' | 'dilation'>, d: 0 | 1): number {
  return (spec.kernel[d] - 1) * pool2dDilation(spec)[d] + 1;
}

/**
 * Height and width of a pooling's output: P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1, likewise Q.
 * With `ceilMode` the quotient is rounded up, but a window that would begin beyond the image is left out.
 * @throws RangeError if a size is not a positive integer, the padding exceeds half a window, the window does not fit,
 * or a dilated one has no position inside of the image.
 */
export function pool2dOutputSize(spec: Pool2dSpec): readonly [number, number] {
  const { batch, channels, height, width, kernel, stride, padding, ceilMode = false } = spec;
  const dilation = pool2dDilation(spec);
  const positive = { batch, channels, height, width, kernel, stride, dilation };
  for (const [name, value] of Object.entries(positive)) {
    if ([value].flat().some((size) => !Number.isInteger(size) || size < 1)) {
      throw new RangeError(`pool2d: ${name} is ${value}, but must be a positive integer`);
    }
  }
  const apart = dilation.some((step) => step > 1) ? ` with dilation ${dilation.join('x')}` : '';
  const window = `${kernel.join('x')} window${apart}`;
  const image =
    `the ${height}x${width} image with padding ${padding.join('x')} ` +
    `(input [${batch},${channels},${height},${width}])`;
  const advice = `use a smaller window${apart && ' or dilation'}`;
  const size = ([0, 1] as const).map((d) => {
    if (!Number.isInteger(padding[d]) || padding[d] < 0 || 2 * padding[d] > kernel[d]) {
      throw new RangeError(
        `pool2d: padding ${padding.join('x')} must be an integer from 0 to half of the ${kernel.join('x')} window`,
      );
    }
    const extent = [height, width][d];
    const steps = (extent + 2 * padding[d] - pool2dReach(spec, d)) / stride[d];
    const count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (count < 1) throw new RangeError(`pool2d: the ${window} does not fit into ${image}; ${advice}`);
    const outputs = ceilMode && (count - 1) * stride[d] >= extent + padding[d] ? count - 1 : count;
    for (let start = -padding[d], p = 0; start < 0 && p < outputs; start += stride[d], p++) {
      const first = start + Math.ceil(-start / dilation[d]) * dilation[d];
      if (first < extent) continue;
      throw new RangeError(
        `pool2d: a ${window} has all of its positions in the padding of ${image}; ${advice}`,
      );
    }
    return outputs;
  });
  return [size[0], size[1]];
}

/** True if the part inside of the image differs from window to window, along rows (d = 0) or columns (d = 1). */
export function isClipped(spec: Pool2dSpec, d: 0 | 1): boolean {
  return spec.padding[d] > 0 || pool2dOverhang(spec, d) > 0;
}

/** Rows (d = 0) or columns (d = 1) by which the last window reaches over the padded image: with `ceilMode` only. */
export function pool2dOverhang(spec: Pool2dSpec, d: 0 | 1): number {
  const { height, width, stride, padding } = spec;
  const last = (pool2dOutputSize(spec)[d] - 1) * stride[d];
  return Math.max(0, last + pool2dReach(spec, d) - ([height, width][d] + 2 * padding[d]));
}

/** Layouts of x and dx [N,C,H,W], and of y, dy and the winners' index [N,C,P,Q]: `imageLayout`. */
export function pool2dLayouts(spec: Pool2dSpec): { readonly x: Layout; readonly y: Layout } {
  const { batch, channels, height, width } = spec;
  return {
    x: imageLayout([batch, channels, height, width]),
    y: imageLayout([batch, channels, ...pool2dOutputSize(spec)]),
  };
}

/**
 * Both kinds of image as planes of cells: channels-last images are N planes whose cells hold G vec4 of channels,
 * planar ones N·C planes of single floats, their lines padded to a multiple of 4 cells.
 */
export interface Cells {
  readonly planes: number;
  /** vec4 of channels in a cell (1 for planar images). */
  readonly groups: number;
  /** WGSL type of one access. */
  readonly float: 'f32' | 'vec4<f32>';
  readonly uint: 'u32' | 'vec4<u32>';
  /** Cells from one line of x or y to the next. */
  readonly pitch: { readonly x: number; readonly y: number };
  /** Lanes of the last group that are channels. */
  readonly usedLanes: number;
}

export function cellsOf(spec: Pool2dSpec): Cells {
  const { batch, channels } = spec;
  const { x, y } = pool2dLayouts(spec);
  return isPlanar(channels)
    ? {
        planes: batch * channels,
        groups: 1,
        float: 'f32',
        uint: 'u32',
        pitch: { x: x.extents[3], y: y.extents[3] },
        usedLanes: 4,
      }
    : {
        planes: batch,
        groups: x.extents[1] / 4,
        float: 'vec4<f32>',
        uint: 'vec4<u32>',
        pitch: { x: x.shape[3], y: y.shape[3] },
        usedLanes: ((channels - 1) % 4) + 1,
      };
}
