/** The float64 twins: x [N,C,H,W] and grid [N,P,Q,2], dense and row-major. */
import { elementCount } from '../layout.ts';
import type { GridSampleMode, GridSampleSpec } from './spec.ts';

/** Place in pixels along an axis, and its derivative by the grid's number. */
function placeOf(
  given: number,
  size: number,
  { paddingMode, alignCorners }: GridSampleMode,
): readonly [at: number, slope: number] {
  let at = alignCorners ? ((given + 1) / 2) * (size - 1) : ((given + 1) * size - 1) / 2;
  let slope = alignCorners ? (size - 1) / 2 : size / 2;
  if (paddingMode === 'reflection') {
    const [least, span] = alignCorners ? [0, size - 1] : [-0.5, size];
    if (span === 0) return [0, 0];
    // A zigzag that goes up from `least`, and is even about it.
    const away = Math.abs(at - least) % (2 * span);
    slope *= (at < least ? -1 : 1) * (away < span ? 1 : -1);
    at = least + (away < span ? away : 2 * span - away);
  }
  if (paddingMode !== 'zeros') {
    if (at <= 0) return [0, 0];
    if (at >= size - 1) return [size - 1, 0];
  }
  return [at, slope];
}

interface Corner {
  /** Element of x, in the first channel; -1 outside of the image. */
  readonly from: number;
  readonly weight: number;
  /** Derivatives of the weight by the two numbers of the grid. */
  readonly slopes: readonly [number, number];
}

/** Calls `visit(number of the place in the whole grid, image, pixels that are read there)`. */
function forEachPlace(
  spec: GridSampleSpec,
  grid: ArrayLike<number>,
  visit: (place: number, image: number, corners: readonly Corner[]) => void,
): void {
  const { shape, size, mode } = spec;
  const [n, c, h, w] = shape;
  for (let place = 0; place < n * size[0] * size[1]; place++) {
    const image = Math.floor(place / (size[0] * size[1]));
    const [x, slopeX] = placeOf(grid[2 * place], w, spec);
    const [y, slopeY] = placeOf(grid[2 * place + 1], h, spec);
    const element = (column: number, line: number) =>
      column >= 0 && column < w && line >= 0 && line < h ? (image * c * h + line) * w + column : -1;
    if (mode === 'nearest') {
      const from = element(toEven(x), toEven(y));
      visit(place, image, [{ from, weight: 1, slopes: [0, 0] }]);
      continue;
    }
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, down] = [x - left, y - top];
    const list = [0, 1, 2, 3].map((k): Corner => {
      const [byX, byY] = [k % 2, Math.floor(k / 2)];
      const [alongX, alongY] = [byX ? right : 1 - right, byY ? down : 1 - down];
      return {
        from: element(left + byX, top + byY),
        weight: alongX * alongY,
        slopes: [(byX ? 1 : -1) * alongY * slopeX, (byY ? 1 : -1) * alongX * slopeY],
      };
    });
    visit(place, image, list);
  }
}

function toEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Elements of one channel in y, and of x. */
const planes = ({ shape, size }: GridSampleSpec) => ({
  c: shape[1],
  places: size[0] * size[1],
  pixels: shape[2] * shape[3],
});

/** y [N,C,P,Q] in float64. */
export function gridSampleOracle(
  x: ArrayLike<number>,
  grid: ArrayLike<number>,
  spec: GridSampleSpec,
): Float64Array {
  const { c, places, pixels } = planes(spec);
  const y = new Float64Array(spec.shape[0] * c * places);
  forEachPlace(spec, grid, (place, image, list) => {
    for (let k = 0; k < c; k++) {
      for (const { from, weight } of list) {
        if (from >= 0) y[(image * c + k) * places + (place % places)] += weight * x[from + k * pixels];
      }
    }
  });
  return y;
}

/** dx in float64. */
export function gridSampleInputGradientOracle(
  dy: ArrayLike<number>,
  grid: ArrayLike<number>,
  spec: GridSampleSpec,
): Float64Array {
  const { c, places, pixels } = planes(spec);
  const dx = new Float64Array(elementCount(spec.shape));
  forEachPlace(spec, grid, (place, image, list) => {
    for (let k = 0; k < c; k++) {
      for (const { from, weight } of list) {
        if (from >= 0) dx[from + k * pixels] += weight * dy[(image * c + k) * places + (place % places)];
      }
    }
  });
  return dx;
}

/** The gradient of the grid in float64. */
export function gridSampleGridGradientOracle(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  grid: ArrayLike<number>,
  spec: GridSampleSpec,
): Float64Array {
  const { c, places, pixels } = planes(spec);
  const dGrid = new Float64Array(grid.length);
  forEachPlace(spec, grid, (place, image, list) => {
    for (let k = 0; k < c; k++) {
      for (const { from, slopes } of list) {
        if (from < 0) continue;
        const given = dy[(image * c + k) * places + (place % places)] * x[from + k * pixels];
        dGrid[2 * place] += given * slopes[0];
        dGrid[2 * place + 1] += given * slopes[1];
      }
    }
  });
  return dGrid;
}
