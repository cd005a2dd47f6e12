import { describe, expect, it } from 'vitest';
import { runKernel } from '../harness.ts';

describe('arrayLength', () => {
  it('counts what fits, after the members before the array', () => {
    const wgsl = `
struct S { n: u32, at: vec2<u32>, list: array<vec3<u32>> }
@group(0) @binding(0) var<storage, read_write> s: S;
@group(0) @binding(1) var<storage, read> f: array<f32>;
fn count(p: ptr<storage, array<f32>, read>) -> u32 { return arrayLength(p); }
@compute @workgroup_size(1) fn main() {
  let p = &s.list; s.n = arrayLength(p); s.at = vec2(arrayLength(&f), count(&f));
}`;
    const [s] = runKernel(wgsl, [new Uint32Array(4 + 4 * 5 + 3), new Float32Array(9)]);
    expect(Array.from(s.slice(0, 4))).toEqual([5, 0, 9, 9]);
  });
});
