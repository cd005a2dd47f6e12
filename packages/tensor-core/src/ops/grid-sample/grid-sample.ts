import { checkOptions, flag, type OptionTable, oneOf } from '@glassbox/options';
import {
  type GridSampleSpec,
  gridSampleGridGradient,
  gridSampleInputGradient,
  gridSample as gridSampleKernel,
  gridSampleLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { full } from '../../primitives/fill.ts';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { requireImages } from '../resample/images.ts';

/** How `gridSample` reads places, under PyTorch's names. */
export interface GridSampleOptions {
  /** The mean of four pixels by their distances (`bilinear`, the default), or the nearest one. */
  readonly mode?: 'bilinear' | 'nearest';
  /** Outside of the image are 0 (`zeros`, the default), its `border`, or its mirror images (`reflection`). */
  readonly paddingMode?: 'zeros' | 'border' | 'reflection';
  /** -1 and 1 are the middles of the corner pixels, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

const optionNames: OptionTable<GridSampleOptions> = {
  mode: oneOf('bilinear', 'nearest'),
  paddingMode: oneOf('zeros', 'border', 'reflection'),
  alignCorners: flag,
};

/**
 * Images read at the places that a grid names, as torch.nn.functional.grid_sample: y[n,:,i,j] is input[n] at
 * grid[n,i,j] = (x, y), where -1 is the left or upper end of the image and 1 the right or lower one. Gradients: of each
 * pixel what it gave, added up in one order, so that its bits are always the same; of the grid the slope of the image
 * (of `nearest` 0).
 * @param input images [N,C,H,W]
 * @param grid [N,P,Q,2]
 * @returns [N,C,P,Q]
 */
export function gridSample(input: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  checkOptions('gridSample', options, optionNames);
  requireImages('gridSample', input);
  requireFloats('gridSample', [input, grid]);
  const [n, c] = input.shape;
  if (grid.shape.length !== 4 || grid.shape[0] !== n || grid.shape[3] !== 2) {
    throw new RangeError(
      `gridSample: grid is [${grid.shape}], but must be [${n},P,Q,2] for images [${input.shape}]`,
    );
  }
  for (const each of [input, grid]) requireElements('gridSample', each);
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  const size = [grid.shape[1], grid.shape[2]] as const;
  const spec: GridSampleSpec = { shape: input.shape, size, mode, paddingMode, alignCorners };
  const x = toLayout(input, gridSampleLayout(input.shape));
  const places = toLayout(grid, rowMajor(grid.shape));
  const { runtime } = x;
  const y = empty(runtime, gridSampleLayout([n, c, ...size]));
  launch(gridSampleKernel, [spec], { x, grid: places, y });
  return differentiable('gridSample', y, [x, places], (dy, [xWanted, gridWanted]) => {
    const dx = xWanted ? empty(runtime, x.layout) : null;
    if (dx) launch(gridSampleInputGradient, [spec], { dy, grid: places, dx });
    if (!gridWanted) return [dx, null];
    if (mode === 'nearest') return [dx, full(runtime, places.layout, 0)];
    const dGrid = empty(runtime, places.layout);
    launch(gridSampleGridGradient, [spec], { dy, x, grid: places, dGrid });
    return [dx, dGrid];
  });
}
