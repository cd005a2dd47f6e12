/** How stored values become shades of grey. */
export interface Window {
  readonly slope: number;
  readonly intercept: number;
  /** Value of middle grey; undefined: the smallest value becomes black and the largest white. */
  readonly center: number | undefined;
  readonly width: number | undefined;
  /** LINEAR, LINEAR_EXACT or SIGMOID. */
  readonly kind: string;
  /** Small values are bright (MONOCHROME1). */
  readonly inverted: boolean;
}

/** Shades from 0 to 65535 by the formulas of DICOM PS3.3, C.11.1.1 (rescale) and C.11.2.1.2 (window). */
export function grayWindow(values: ArrayLike<number>, window: Window): Uint16Array {
  const { slope, intercept, kind, inverted } = window;
  const shadeOf = shades(values, window, kind);
  const data = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const shade = Math.min(1, Math.max(0, shadeOf(slope * values[i] + intercept)));
    data[i] = Math.round(65535 * (inverted ? 1 - shade : shade));
  }
  return data;
}

/** From a rescaled value to a shade, black 0 and white 1, not yet cut off. */
function shades(values: ArrayLike<number>, window: Window, kind: string): (value: number) => number {
  const { center, width, slope, intercept } = window;
  if (center !== undefined && width !== undefined && width >= (kind === 'LINEAR' ? 1 : Number.MIN_VALUE)) {
    if (kind === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
    if (kind === 'LINEAR_EXACT') return (value) => (value - center) / width + 0.5;
    // A window of width 1 is a threshold.
    if (width === 1) return (value) => (value <= center - 0.5 ? 0 : 1);
    return (value) => (value - (center - 0.5)) / (width - 1) + 0.5;
  }
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = slope * values[i] + intercept;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? (value) => (value - low) / (high - low) : () => 0;
}
