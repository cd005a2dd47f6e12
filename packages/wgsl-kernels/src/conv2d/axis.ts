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

/** WGSL of an axis; `d` is Y or X. `start…`, one per pixel, is the source position of tap 0. Positions below 0 wrap around to huge ones. */
export function emitAxis({ direction, taps, stride, padding }: Axis, d: 'Y' | 'X') {
  const variable = d === 'Y' ? 'r' : 's';
  const times = (text: string) => (stride === 1 ? text : `${text} * ${stride}u`);
  const plus = (text: string, value: number, sign = '+') =>
    value === 0 ? text : `${text} ${sign} ${value}u`;
  if (direction === 'forward') {
    return {
      setup: [],
      start: (position: string) => plus(times(position), padding, '-'),
      loop: `var ${variable} = 0u; ${variable} < ${taps}u; ${variable}++`,
      place: (m: number) => `start${d}${m} + ${variable}`,
      tap: variable,
      position: (step: string) => step,
    };
  }
  if (stride === 1) {
    return {
      setup: [],
      start: (position: string) => plus(position, padding),
      loop: `var ${variable} = 0u; ${variable} < ${taps}u; ${variable}++`,
      place: (m: number) => `start${d}${m} - ${variable}`,
      tap: variable,
      position: (step: string) => step,
    };
  }
  return {
    setup: [
      `let first${d} = (${plus(`residue${d}`, padding)}) % ${stride}u;`,
      `let shift${d} = (${plus(`residue${d}`, padding)}) / ${stride}u;`,
    ],
    start: (step: string) => `${step} + shift${d}`,
    loop: `var ${variable} = 0u; ${variable} * ${stride}u + first${d} < ${taps}u; ${variable}++`,
    place: (m: number) => `start${d}${m} - ${variable}`,
    tap: `${variable} * ${stride}u + first${d}`,
    position: (step: string) => `${step} * ${stride}u + residue${d}`,
  };
}
