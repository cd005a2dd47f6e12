import { plus, times } from '../../matmul/arithmetic.ts';

/**
 * Where the filter's taps lie along one image axis: which source position belongs to a target position and a tap.
 *
 * - `forward` (convolution): position * stride - padding + tap * dilation, for every tap.
 * - `backward` (its adjoint): (position + padding - tap * dilation) / stride, for the taps where that is an integer.
 *   Positions are grouped into `stride` residue classes, position = step * stride + residue. All positions of
 *   a class have the same taps, first + j * stride with first = (residue + padding) mod stride, and the j-th
 *   lies at step + (residue + padding) div stride - j. So no tap is tested and none is skipped, whatever the
 *   stride. With a dilation taps come in other steps, and a class may have none: `tapsOfClass`.
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
  readonly dilation: number;
}

/** Number of residue classes. */
export function classCount({ direction, stride }: Axis): number {
  return direction === 'forward' ? 1 : stride;
}

/** Target positions of one residue class, out of `extent`. */
export function stepCount(axis: Axis, extent: number): number {
  return Math.ceil(extent / classCount(axis));
}

/** The taps of a residue class, of the adjoint: `first`, first + every, … below the number of taps. */
interface ClassTaps {
  /** The number of all taps if the class has none. */
  readonly first: number;
  readonly every: number;
  readonly count: number;
  /** Source position of the first at step 0: may be negative. */
  readonly shift: number;
  /** Source positions from one of them back to the one before. */
  readonly jump: number;
}

function tapsOfClass({ taps, stride, padding, dilation }: Axis, residue: number): ClassTaps {
  const common = commonDivisor(stride, dilation);
  const every = stride / common;
  let first = 0;
  while (first < every && (residue + padding - first * dilation) % stride !== 0) first++;
  if (first === every) first = taps;
  return {
    first,
    every,
    count: Math.max(0, Math.ceil((taps - first) / every)),
    shift: Math.floor((residue + padding - first * dilation) / stride),
    jump: dilation / common,
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** True if no tap of any of the `steps` positions of a class lies outside of the source. */
export function staysInside(axis: Axis, steps: number): boolean {
  const { direction, source, target, taps, stride, padding, dilation } = axis;
  if (direction === 'forward') {
    return padding === 0 && (steps - 1) * stride + (taps - 1) * dilation < source;
  }
  if (target % stride !== 0) return false;
  for (let residue = 0; residue < stride; residue++) {
    const { count, shift, jump } = tapsOfClass(axis, residue);
    if (count > 0 && (shift - (count - 1) * jump < 0 || steps - 1 + shift >= source)) return false;
  }
  return true;
}

/** Of all pairs of a tap and `group` neighbouring positions of a class, the share for which none lies in the source. */
export function outsideShare(axis: Axis, steps: number, group: number): number {
  const { direction, source, taps, stride, padding, dilation } = axis;
  let pairs = 0;
  let outside = 0;
  for (let residue = 0; residue < classCount(axis); residue++) {
    const forward = direction === 'forward';
    const { first, every } = forward ? { first: 0, every: 1 } : tapsOfClass(axis, residue);
    for (let tap = first; tap < taps; tap += every) {
      const away = tap * dilation;
      const place = (step: number) =>
        forward ? step * stride - padding + away : (step * stride + residue + padding - away) / stride;
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

/** WGSL: `first` and `shift` of the class `residue<d>` (`ClassTaps`), without dilation. */
function plainSetup(d: 'Y' | 'X'): string[] {
  return [
    `let first${d} = (residue${d} + PADDING_${d}) % STRIDE_${d};`,
    `let shift${d} = (residue${d} + PADDING_${d}) / STRIDE_${d};`,
  ];
}

/** The same with a dilation, where the first tap is looked for: only a few numbers come into question. */
function dilatedSetup(d: 'Y' | 'X', tapCount: string): string[] {
  // Modulo the stride, -DILATION is DILATION * (STRIDE - 1).
  const rest = `(residue${d} + PADDING_${d} + first${d} * (DILATION_${d} * (STRIDE_${d} - 1u))) % STRIDE_${d}`;
  return [
    `var first${d} = 0u;`,
    `while (first${d} < ${tapCount} && ${rest} != 0u) { first${d}++; }`,
    `let away${d} = i32(residue${d} + PADDING_${d}) - i32(first${d} * DILATION_${d});`,
    `let shift${d} = u32(away${d} / i32(STRIDE_${d}));`,
  ];
}

/**
 * @param residue The residue class, if it is known; else the variable `residue<d>` holds it (with stride 1
 * there is only 0).
 */
export function emitAxis(axis: Axis, d: 'Y' | 'X', residue?: number): AxisText {
  const { direction, target, stride, dilation } = axis;
  const [variable, tapCount, size] = d === 'Y' ? ['r', 'R', 'TARGET_H'] : ['s', 'S', 'TARGET_W'];
  const loop = (condition: string) => `var ${variable} = 0u; ${condition}; ${variable}++`;
  const allTaps = loop(`${variable} < ${tapCount}`);
  const same = (step: string) => step;
  if (direction === 'forward') {
    return {
      setup: [],
      start: (position) => `${position} * STRIDE_${d} - PADDING_${d}`,
      loop: allTaps,
      place: (m) => `start${d}${m} + ${times(variable, dilation, `DILATION_${d}`)}`,
      tap: variable,
      position: same,
    };
  }
  const common = commonDivisor(stride, dilation);
  const every = times(variable, stride / common, common === 1 ? `STRIDE_${d}` : undefined);
  const jump = times(variable, dilation / common, common === 1 ? `DILATION_${d}` : undefined);
  const place = (m: number | string) => `start${d}${m} - ${jump}`;
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
    const { first, count, shift } = tapsOfClass(axis, residue);
    const position = (step: string) => plus(`${step} * STRIDE_${d}`, residue);
    return {
      setup: [],
      start: (step) => bounded(plus(step, shift), position(step)),
      loop: loop(`${variable} < ${count}u`),
      place,
      tap: `(${plus(every, first)})`,
      position,
    };
  }
  const position = (step: string) => `${step} * STRIDE_${d} + residue${d}`;
  return {
    setup: dilation > 1 ? dilatedSetup(d, tapCount) : plainSetup(d),
    start: (step) => bounded(`${step} + shift${d}`, position(step)),
    loop: loop(`${every} + first${d} < ${tapCount}`),
    place,
    tap: `(${every} + first${d})`,
    position,
  };
}
