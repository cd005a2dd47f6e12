/**
 * Version 5: workgroup memory. 64 invocations load blocks of a and b together and compute 32 x 32 elements from them,
 * so that memory is read 32 times less often than in version 1. This is the form for GPUs, whose workgroup memory is
 * fast and whose threads are many; a processor has caches that do the same by themselves, and pays for the barriers.
 */
import { repeat } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulConstants, matmulCost, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

/** Rows and columns of c that one workgroup computes, and the part of k that it holds at a time. */
const side = 32;
const depth = 16;
const rows = 4;

export const matmulWorkgroup: LadderVersion<MatmulSize> = {
  name: '5 workgroup memory',
  adds: '64 invocations share blocks of a and b in workgroup memory',
  layouts: matmulLayouts,
  kernel: (size) => ({
    name: 'matmulWorkgroup',
    bindings: [
      { name: 'a', access: 'read', type: 'array<vec4<f32>>' },
      { name: 'b', access: 'read', type: 'array<vec4<f32>>' },
      { name: 'c', access: 'read_write', type: 'array<vec4<f32>>' },
    ],
    workgroups: [size.n / side, size.m / side, 1],
    wgsl: text(size),
    ...matmulCost(size),
  }),
};

const text = (size: MatmulSize) => `
// c[i,j] = sum_k a[i,k] b[k,j]; all row-major.
// One workgroup of 64 computes ${side} x ${side} elements, one invocation ${rows} rows times 4 columns of them.
// left: ${side} rows of a, ${depth} of k; right: ${depth} of k, ${side} columns of b.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;
${matmulConstants(size)}
var<workgroup> left: array<vec4<f32>, ${(side * depth) / 4}>;
var<workgroup> right: array<vec4<f32>, ${(side * depth) / 4}>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row0 = group.y * ${side}u;
  let column0 = group.x * ${side}u;
  let row = local / 8u * ${rows}u;
  let column4 = local % 8u;
${repeat(rows, (r) => `  var sum${r} = vec4<f32>();`)}
  for (var k0 = 0u; k0 < K; k0 += ${depth}u) {
    // 128 vec4 of each block: every invocation loads two.
    for (var v = local; v < 128u; v += 64u) {
      left[v] = a[((row0 + v / 4u) * K + k0) / 4u + v % 4u];
      right[v] = b[((k0 + v / 8u) * N + column0) / 4u + v % 8u];
    }
    workgroupBarrier();
    for (var k4 = 0u; k4 < ${depth / 4}u; k4++) {
${repeat(rows, (r) => `      let a${r} = left[(row + ${r}u) * 4u + k4];`)}
${repeat(4, (lane) => `      let b${lane} = right[(4u * k4 + ${lane}u) * 8u + column4];`)}
${repeat(rows, (r) => repeat(4, (lane) => `      sum${r} += a${r}.${'xyzw'[lane]} * b${lane};`))}
    }
    workgroupBarrier();
  }
${repeat(rows, (r) => `  c[((row0 + row + ${r}u) * N + column0) / 4u + column4] = sum${r};`)}
}
`;
