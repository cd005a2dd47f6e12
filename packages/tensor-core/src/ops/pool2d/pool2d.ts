import { checkOptions, flag, type OptionTable, required } from '@glassbox/options';
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

/** Where the windows of a pooling lie. */
export interface Pool2dOptions {
  /** Rows and columns of the window; one number for both. */
  readonly kernelSize: number | readonly [number, number];
  /** Step between windows; as large as the window unless given. */
  readonly stride?: number | readonly [number, number];
  /** Rows and columns added on each side: at most half a window. Default 0. */
  readonly padding?: number | readonly [number, number];
}

const optionNames: OptionTable<Pool2dOptions> = {
  kernelSize: required(sizes),
  stride: sizes,
  padding: margins,
};

/**
 * The largest value of each window, [N,C,H,W] to [N,C,P,Q]. The gradient goes to the winner; the first in scan order
 * wins a tie, as in PyTorch.
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
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Count zeros of the padding in the mean. Default true. */
  readonly countIncludePad?: boolean;
}

const averageNames: OptionTable<AvgPool2dOptions> = { ...optionNames, countIncludePad: flag };

/** The mean of each window, [N,C,H,W] to [N,C,P,Q]; zeros of the padding count unless `countIncludePad` is false. */
export function avgPool2d(x: Tensor, options: AvgPool2dOptions): Tensor {
  checkOptions('avgPool2d', options, averageNames);
  const { countIncludePad = true, ...window } = options;
  const spec = { ...poolSpec('avgPool2d', x, window), countIncludePad };
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
  const { kernelSize, stride = kernelSize, padding = 0 } = options;
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
  };
}
