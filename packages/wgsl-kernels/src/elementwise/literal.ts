/** A finite number as WGSL `f32` literal: the nearest float32. */
export function f32(value: number): string {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) {
    throw new RangeError(`${value} is not a finite float32; WGSL has no literal for it`);
  }
  // Nine digits tell any two float32 apart.
  return `${Number(rounded.toPrecision(9))}f`;
}

/** Four times the same `f32`. */
export function splat(value: number): string {
  return `vec4<f32>(${f32(value)})`;
}

/** Below every finite activation: stands in for minus infinity, which WGSL does not promise to support. */
export const lowest = '-3.4e38f';

/** Above every finite activation: stands in for infinity. */
export const highest = '3.4e38f';
