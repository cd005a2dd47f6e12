import { checkOptions, divisor, flag, type OptionTable, required } from '@glassbox/options';
import {
  avgPool2dForward,
  avgPool2dGradient,
  maxPool2dForward,
  maxPool2dGradient,
  type Pool2dSpec,
  pool2dLayouts,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { pair } from '../conv2d/conv2d.ts';
import { toLayout } from '../copy/layout.ts';
import { margins, sizes } from '../kinds.ts';

/** What poolings have in common: where their windows lie. */
interface WindowOptions {
  /** Rows and columns of the window; one number for both. */
  readonly kernelSize: number | readonly [number, number];
  /** Step between windows; as large as the window unless given. */
  readonly stride?: number | readonly [number, number];
  /** Rows and columns added on each side: at most half a window. Default 0. */
  readonly padding?: number | readonly [number, number];
  /**
   * Whether windows may reach over the bottom and right end, so that no row or column is left out. They must begin in
   * the image or its padding before it. Default false.
   */
  readonly ceilMode?: boolean;
}

/** Where the windows of a max-pooling lie. */
export interface Pool2dOptions extends WindowOptions {
  /** Rows and columns from one position of a window to the next; one number for both. Default 1. */
  readonly dilation?: number | readonly [number, number];
}

const windowNames = { kernelSize: required(sizes), stride: sizes, padding: margins, ceilMode: flag };
const optionNames: OptionTable<Pool2dOptions> = { ...windowNames, dilation: sizes };

/**
 * The largest value of each window, as torch.nn.functional.max_pool2d. The gradient goes to the winner; the first in
 * scan order wins a tie.
 *
 * @param x images [N,C,H,W]
 * @returns [N,C,P,Q] with P = ⌊(H + 2·padding - dilation·(R - 1) - 1) / stride⌋ + 1, or with `ceilMode` rounded up
 * @throws RangeError if the windows do not fit.
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  const spec = poolSpec('maxPool2d', x, options);
  const { runtime } = x;
  const layouts = pool2dLayouts(spec);
  const input = toLayout(x, layouts.x);
  const y = empty(runtime, layouts.y);
  const winners = empty(runtime, layouts.y, 'u32');
  launch(maxPool2dForward, [spec], { x: input, y, index: winners });
  return differentiable('maxPool2d', y, [input], (dy) => {
    const dx = empty(runtime, layouts.x);
    launch(maxPool2dGradient, [spec], { dy, index: winners, dx });
    return [dx];
  });
}

/** Where the windows lie, and what counts in their mean. */
export interface AvgPool2dOptions extends WindowOptions {
  /** Count zeros of the padding in the mean. Default true. */
  readonly countIncludePad?: boolean;
  /** What the sum of a window is divided by, in place of how many numbers count: an integer other than 0. */
  readonly divisorOverride?: number;
}

const averageNames: OptionTable<AvgPool2dOptions> = {
  ...windowNames,
  countIncludePad: flag,
  divisorOverride: divisor,
};

/**
 * The mean of each window, as torch.nn.functional.avg_pool2d. Zeros of the padding count unless `countIncludePad` is
 * false; what a window has beyond the padding (`ceilMode`) never does.
 *
 * @param x images [N,C,H,W]
 * @returns [N,C,P,Q] with P = ⌊(H + 2·padding - R) / stride⌋ + 1, or with `ceilMode` rounded up
 * @throws RangeError if the windows do not fit.
 */
export function avgPool2d(x: Tensor, options: AvgPool2dOptions): Tensor {
  checkOptions('avgPool2d', options, averageNames);
  const { countIncludePad = true, divisorOverride, ...window } = options;
  const { dilation, ...windows } = poolSpec('avgPool2d', x, window);
  const spec = { ...windows, countIncludePad, divisorOverride };
  const { runtime } = x;
  const layouts = pool2dLayouts(spec);
  const input = toLayout(x, layouts.x);
  const y = empty(runtime, layouts.y);
  launch(avgPool2dForward, [spec], { x: input, y });
  return differentiable('avgPool2d', y, [input], (dy) => {
    const dx = empty(runtime, layouts.x);
    launch(avgPool2dGradient, [spec], { dy, dx });
    return [dx];
  });
}

/** The sizes of a pooling; throws where they do not fit. */
export function poolSpec(op: string, x: Tensor, options: Pool2dOptions): Pool2dSpec {
  checkOptions(op, options, optionNames);
  const { kernelSize, stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  requireFloats(op, [x]);
  if (x.shape.length !== 4) throw new RangeError(`${op}: expected images [N,C,H,W], got [${x.shape}]`);
  const [batch, channels, height, width] = x.shape;
  return {
    batch,
    channels,
    height,
    width,
    kernel: pair(kernelSize),
    stride: pair(stride),
    padding: pair(padding),
    dilation: pair(dilation),
    ceilMode,
  };
}
