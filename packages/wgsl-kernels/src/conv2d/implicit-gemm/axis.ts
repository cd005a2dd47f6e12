import { plus } from '../../matmul/arithmetic.ts';

/**
 * Where the filter's taps lie along one image axis: which source position belongs to a target position and a tap.
 *
 * - `forward` (convolution): position * stride - padding + tap, for every tap.
 * - `backward` (its adjoint): (position + padding - tap) / stride, for the taps where that is an integer.
 *   Positions are grouped into `stride` residue classes, position = step * stride + residue. All positions of
 *   a class have the same taps, first + j * stride with first = (residue + padding) mod stride, and the j-th
 *   lies at step + (residue + padding) div stride - j. So no tap is tested and none is skipped, whatever the
 *   stride.
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
export function staysInside(
  { direction, source, target, taps, stride, padding }: Axis,
  steps: number,
): boolean {
  if (direction === 'forward') return padding === 0 && (steps - 1) * stride + taps <= source;
  if (target % stride !== 0) return false;
  for (let residue = 0; residue < stride; residue++) {
    const first = (residue + padding) % stride;
    const shift = Math.floor((residue + padding) / stride);
    const lastTap = Math.ceil((taps - first) / stride) - 1;
    if (lastTap >= 0 && (shift - lastTap < 0 || steps - 1 + shift >= source)) return false;
  }
  return true;
}

/** Of all pairs of a tap and `group` neighbouring positions of a class, the share for which none lies in the source. */
export function outsideShare(axis: Axis, steps: number, group: number): number {
  const { direction, source, taps, stride, padding } = axis;
  let pairs = 0;
  let outside = 0;
  for (let residue = 0; residue < classCount(axis); residue++) {
    const forward = direction === 'forward';
    const first = forward ? 0 : (residue + padding) % stride;
    for (let tap = first; tap < taps; tap += forward ? 1 : stride) {
      const place = (step: number) =>
        forward ? step * stride - padding + tap : (step * stride + residue + padding - tap) / stride;
      for (let step = 0; step < steps; step += group) {
        pairs++;
        const beyond = !forward && step * stride + residue >= axis.target;
        if (beyond || place(Math.min(step + group, steps) - 1) < 0 || place(step) >= source) outside++;
      }
    }
  }
  return pairs === 0 ? 0 : outside / pairs;
}

/** WGSL along an axis `d`, Y or X. Positions below 0 wrap around to huge ones. */
export interface AxisText {
  /** Statements before the loop. */
  readonly setup: readonly string[];
  /** Source position of tap 0 for a target step; far outside if the step lies beyond the target. */
  readonly start: (step: string) => string;
  /** Header of the loop over taps. */
  readonly loop: string;
  /** Source position of the loop's tap for pixel m, from `start<d><m>`. */
  readonly place: (m: number | string) => string;
  /** Number of the loop's tap in the filter. */
  readonly tap: string;
  /** Target position of a step. */
  readonly position: (step: string) => string;
}

/** A position that no image reaches: the constant FAR. */
export const far = 0x40000000;

/**
 * @param residue The residue class, if it is known; else the variable `residue<d>` holds it (with stride 1
 * there is only 0).
 */
export function emitAxis(axis: Axis, d: 'Y' | 'X', residue?: number): AxisText {
  const { direction, target, taps, stride, padding } = axis;
  const [variable, tapCount, size] = d === 'Y' ? ['r', 'R', 'TARGET_H'] : ['s', 'S', 'TARGET_W'];
  const loop = (condition: string) => `var ${variable} = 0u; ${condition}; ${variable}++`;
  const allTaps = loop(`${variable} < ${tapCount}`);
  const same = (step: string) => step;
  if (direction === 'forward') {
    return {
      setup: [],
      start: (position) => `${position} * STRIDE_${d} - PADDING_${d}`,
      loop: allTaps,
      place: (m) => `start${d}${m} + ${variable}`,
      tap: variable,
      position: same,
    };
  }
  const place = (m: number | string) => `start${d}${m} - ${variable}`;
  const bounded = (start: string, position: string) =>
    target % stride === 0 ? start : `select(FAR, ${start}, ${position} < ${size})`;
  if (stride === 1) {
    return {
      setup: [],
      start: (step) => `${step} + PADDING_${d}`,
      loop: allTaps,
      place,
      tap: variable,
      position: same,
    };
  }
  if (residue !== undefined) {
    const first = (residue + padding) % stride;
    const count = Math.max(0, Math.ceil((taps - first) / stride));
    const position = (step: string) => plus(`${step} * STRIDE_${d}`, residue);
    return {
      setup: [],
      start: (step) => bounded(plus(step, Math.floor((residue + padding) / stride)), position(step)),
      loop: loop(`${variable} < ${count}u`),
      place,
      tap: `(${plus(`${variable} * STRIDE_${d}`, first)})`,
      position,
    };
  }
  const position = (step: string) => `${step} * STRIDE_${d} + residue${d}`;
  return {
    setup: [
      `let first${d} = (residue${d} + PADDING_${d}) % STRIDE_${d};`,
      `let shift${d} = (residue${d} + PADDING_${d}) / STRIDE_${d};`,
    ],
    start: (step) => bounded(`${step} + shift${d}`, position(step)),
    loop: loop(`${variable} * STRIDE_${d} + first${d} < ${tapCount}`),
    place,
    tap: `(${variable} * STRIDE_${d} + first${d})`,
    position,
  };
}
