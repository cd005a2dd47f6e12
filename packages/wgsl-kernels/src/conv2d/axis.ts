import { plus, times } from '../matmul/arithmetic.ts';

/**
 * Where the filter's taps lie along one image axis: which source position belongs to a target position and a tap.
 *
 * - `forward` (convolution): position * stride - padding + tap, for every tap.
 * - `backward` (its adjoint): (position + padding - tap) / stride, for the taps where that is an integer. Positions are grouped
 *   into `stride` residue classes, position = step * stride + residue. All positions of a class have the same taps,
 *   first + j * stride with first = (residue + padding) mod stride, and the j-th lies at step + (residue + padding) div stride - j.
 *   So no tap is tested and none is skipped, whatever the stride.
 */
export interface Axis {
  readonly direction: 'forward' | 'backward';
  /** Size of the source image along this axis. */
  readonly source: number;
  /** Size of the target image along this axis. */
  readonly target: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
}

/** Number of residue classes. */
export function classCount({ direction, stride }: Axis): number {
  return direction === 'forward' ? 1 : stride;
}

/** Target positions of one residue class, out of `extent`. */
export function stepCount(axis: Axis, extent: number): number {
  return Math.ceil(extent / classCount(axis));
}

/** True if no tap of any of the `steps` positions of a class lies outside of the source. */
export function staysInside({ direction, source, taps, stride, padding }: Axis, steps: number): boolean {
  if (direction === 'forward') return padding === 0 && (steps - 1) * stride + taps <= source;
  for (let residue = 0; residue < stride; residue++) {
    const first = (residue + padding) % stride;
    const shift = Math.floor((residue + padding) / stride);
    const lastTap = Math.ceil((taps - first) / stride) - 1;
    if (lastTap >= 0 && (shift - lastTap < 0 || steps - 1 + shift >= source)) return false;
  }
  return true;
}

/** WGSL along an axis `d`, Y or X. Positions below 0 wrap around to huge ones. */
export interface AxisText {
  /** Statements before the loop. */
  readonly setup: readonly string[];
  /** Source position of tap 0 for a target step. */
  readonly start: (step: string) => string;
  /** Header of the loop over taps. */
  readonly loop: string;
  /** Source position of the loop's tap for pixel m, from `start<d><m>`. */
  readonly place: (m: number) => string;
  /** Number of the loop's tap in the filter. */
  readonly tap: string;
  /** Target position of a step. */
  readonly position: (step: string) => string;
}

/**
 * @param residue The residue class, if it is known; else the variable `residue<d>` holds it (with stride 1 there is only 0).
 */
export function emitAxis(axis: Axis, d: 'Y' | 'X', residue?: number): AxisText {
  const { direction, taps, stride, padding } = axis;
  const variable = d === 'Y' ? 'r' : 's';
  const loop = (count: number) => `var ${variable} = 0u; ${variable} < ${count}u; ${variable}++`;
  const same = (step: string) => step;
  if (direction === 'forward') {
    const start = (position: string) => plus(times(position, stride), -padding);
    return {
      setup: [],
      start,
      loop: loop(taps),
      place: (m) => `start${d}${m} + ${variable}`,
      tap: variable,
      position: same,
    };
  }
  const place = (m: number) => `start${d}${m} - ${variable}`;
  const known = stride === 1 ? 0 : residue;
  if (known !== undefined) {
    const first = (known + padding) % stride;
    return {
      setup: [],
      start: (step) => plus(step, Math.floor((known + padding) / stride)),
      loop: loop(Math.max(0, Math.ceil((taps - first) / stride))),
      place,
      tap: plus(times(variable, stride), first),
      position: (step) => plus(times(step, stride), known),
    };
  }
  return {
    setup: [
      `let first${d} = (${plus(`residue${d}`, padding)}) % ${stride}u;`,
      `let shift${d} = (${plus(`residue${d}`, padding)}) / ${stride}u;`,
    ],
    start: (step) => `${step} + shift${d}`,
    loop: `var ${variable} = 0u; ${variable} * ${stride}u + first${d} < ${taps}u; ${variable}++`,
    place,
    tap: `${variable} * ${stride}u + first${d}`,
    position: (step) => `${step} * ${stride}u + residue${d}`,
  };
}
