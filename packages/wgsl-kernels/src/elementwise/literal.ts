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

/**
 * WGSL functions: `extreme(a, b)`, the larger (or smaller) of two in each lane, and `extremeLane(v)`, the largest (or
 * smallest) lane; NaN if one operand is, as PyTorch has it. `withNan` puts NaN into some lanes, for loops that take
 * the plain `max` and remember where they saw one. WGSL lets a GPU's `max` return the other operand and assume that
 * there is no NaN: there this is `max`. The `wasm` device's keeps a NaN that comes first.
 */
export function extremeFunctions(op: 'max' | 'min'): string {
  return `
fn extreme(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return select(${op}(a, b), b, b != b);
}
fn extremeLane(v: vec4<f32>) -> f32 {
  let pairs = extreme(v, v.zwxy);
  return extreme(pairs, pairs.yxwz).x;
}
fn withNan(v: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  return bitcast<vec4<f32>>(select(bitcast<vec4<u32>>(v), vec4<u32>(0x7fc00000u), nan));
}`;
}
