import type { Constants } from '../constants.ts';
import { type Layout, orderedLayout, rowMajor } from '../layout.ts';

/** How places are read and what lies outside of an image, under PyTorch's names. */
export interface GridSampleMode {
  /** The four pixels around a place by their distance, or the nearest one (halves to even numbers). */
  readonly mode: 'bilinear' | 'nearest';
  /** Outside of an image: 0, the nearest pixel of its border, or its mirror images. */
  readonly paddingMode: 'zeros' | 'border' | 'reflection';
  /** -1 and 1 are the middles of the corner pixels, not their outer edges. */
  readonly alignCorners: boolean;
}

/** Images, and how they are read. */
export interface GridSampleSpec extends GridSampleMode {
  /** Shape of the images, [N,C,H,W]. */
  readonly shape: readonly number[];
  /** Height and width of the result. */
  readonly size: readonly [number, number];
}

/** Layout of images in these kernels: channels last, however few. */
export function gridSampleLayout(shape: readonly number[]): Layout {
  return orderedLayout(shape, [0, 2, 3, 1]);
}

/** Layouts of x, grid and y, the constants of the text and its header. */
export function described({ shape, size, mode, paddingMode, alignCorners }: GridSampleSpec) {
  if (shape.length !== 4) throw new RangeError(`gridSample: expected images [N,C,H,W], got [${shape}]`);
  const [n, c, h, w] = shape;
  const x = gridSampleLayout(shape);
  const grid = rowMajor([n, ...size, 2]);
  const y = gridSampleLayout([n, c, ...size]);
  const groups = x.extents[1] / 4;
  const constants: Constants = {
    H: h,
    W: w,
    GROUPS: [groups, 'vec4s of channels'],
    PIXELS: [h * w, 'of an image of x'],
    PLACES: [size[0] * size[1], 'of an image of y'],
  };
  const about = `x: [${shape}], y: [${y.shape}], both N,H,W,C with C padded to ${4 * groups}
grid: [${grid.shape}], x and y from -1 to 1, padded to 4; ${mode}, outside: ${paddingMode}, ${
    alignCorners ? 'corners aligned' : 'edges aligned'
  }`;
  return { n, c, x, grid, y, groups, constants, about };
}

/** WGSL functions that say where a number of the grid lies, and which pixel is there. */
export function placesText({ shape, paddingMode, alignCorners }: GridSampleSpec): string {
  const [, , h, w] = shape;
  const edge = alignCorners ? 0 : 0.5;
  const reflected = `// Mirrored at the outer ${alignCorners ? 'pixels' : 'edges'} as often as needed.
  let span = size - ${alignCorners ? '1.0' : '0.0'};
  if (span == 0.0) {
    at = vec2<f32>();
  } else {
    let away = abs(at.x + ${edge});
    let flips = floor(away / span);
    let rest = away - flips * span;
    let isEven = flips - 2.0 * floor(flips / 2.0) == 0.0;
    at.y *= select(1.0, -1.0, (at.x + ${edge} < 0.0) == isEven);
    at.x = select(span - rest, rest, isEven) - ${edge};
  }
  `;
  const clipped = `if (at.x <= 0.0) {
    at = vec2<f32>();
  } else if (at.x >= size - 1.0) {
    at = vec2<f32>(size - 1.0, 0.0);
  }
  `;
  return `
// The place in pixels that a number of the grid means along an axis, and its derivative.
fn placeOf(given: f32, size: f32) -> vec2<f32> {
  var at = ${
    alignCorners
      ? 'vec2<f32>((given + 1.0) / 2.0 * (size - 1.0), (size - 1.0) / 2.0)'
      : 'vec2<f32>(((given + 1.0) * size - 1.0) / 2.0, size / 2.0)'
  };
  // Further away nothing changes, and infinity has no neighbours.
  at.x = clamp(at.x, -1e9, 1e9);
  ${paddingMode === 'reflection' ? reflected : ''}${paddingMode === 'zeros' ? '' : clipped}return at;
}
fn isInside(column: f32, line: f32) -> bool {
  return column >= 0.0 && column <= ${w - 1}.0 && line >= 0.0 && line <= ${h - 1}.0;
}
fn pixelAt(column: f32, line: f32) -> u32 {
  return u32(clamp(line, 0.0, ${h - 1}.0)) * W + u32(clamp(column, 0.0, ${w - 1}.0));
}`.trim();
}

/** WGSL: where the location number `location` of the grid is read. */
export const located = `let given = grid[location];
let alongX = placeOf(given.x, f32(W));
let alongY = placeOf(given.y, f32(H));`;

/** Which pixels are read: columns, lines and weights as WGSL, after `located`. */
export function corners(mode: GridSampleMode['mode']): {
  readonly declare: string;
  readonly list: readonly (readonly [column: string, line: string, weight: string])[];
} {
  if (mode === 'nearest') return { declare: '', list: [['round(alongX.x)', 'round(alongY.x)', '1.0']] };
  return {
    declare: `
let left = floor(alongX.x);
let top = floor(alongY.x);
let right = alongX.x - left;
let down = alongY.x - top;`,
    list: [
      ['left', 'top', '(1.0 - right) * (1.0 - down)'],
      ['left + 1.0', 'top', 'right * (1.0 - down)'],
      ['left', 'top + 1.0', '(1.0 - right) * down'],
      ['left + 1.0', 'top + 1.0', 'right * down'],
    ],
  };
}
