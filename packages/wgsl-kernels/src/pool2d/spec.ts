import { imageLayout, isPlanar, type Layout } from '../layout.ts';

/** A 2-D pooling, as torch.nn.functional.max_pool2d and avg_pool2d without dilation and ceil_mode. */
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
}

/**
 * Height and width of a pooling's output: P = floor((H + 2 padding - R) / stride) + 1, likewise Q.
 * @throws RangeError if a size is not a positive integer, the padding exceeds half a window, or the window does not
 *   fit.
 */
export function pool2dOutputSize(spec: Pool2dSpec): readonly [number, number] {
  const { batch, channels, height, width, kernel, stride, padding } = spec;
  const positive = { batch, channels, height, width, kernel, stride };
  for (const [name, value] of Object.entries(positive)) {
    if ([value].flat().some((size) => !Number.isInteger(size) || size < 1)) {
      throw new RangeError(`pool2d: ${name} is ${value}, but must be a positive integer`);
    }
  }
  const size = [height, width].map((extent, d) => {
    if (!Number.isInteger(padding[d]) || padding[d] < 0 || 2 * padding[d] > kernel[d]) {
      throw new RangeError(
        `pool2d: padding ${padding.join('x')} must be an integer from 0 to half of the ${kernel.join('x')} window`,
      );
    }
    const room = extent + 2 * padding[d] - kernel[d];
    if (room < 0) {
      throw new RangeError(
        `pool2d: the ${kernel.join('x')} window does not fit into the ${height}x${width} image with padding ` +
          `${padding.join('x')} (input [${batch},${channels},${height},${width}]); use a smaller window`,
      );
    }
    return Math.floor(room / stride[d]) + 1;
  });
  return [size[0], size[1]];
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
