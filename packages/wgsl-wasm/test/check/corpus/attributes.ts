import type { Corpus } from './index.ts';

export const attributes: Corpus = {
  subject: 'attributes',
  modules: {
    valid: [
      `diagnostic(off, derivative_uniformity); diagnostic(off, derivative_uniformity);`,
      'fn f() { @diagnostic(off, derivative_uniformity) switch 0 @diagnostic(info, derivative_uniformity) ' +
        '{ default { } } }',
      `override n: i32 = 0; 
@compute @workgroup_size(1) fn main() { let x = 1 / n; }`,
      `@group(0) @binding(0) var<uniform> u: array<f32, 4>;
@compute @workgroup_size(1) fn main() { let x = u[0]; }`,
      `@compute @workgroup_size(1, 2u) fn f() {}`,
      `@compute @workgroup_size(1024,1024) fn f() {}`,
      `override w = 4; @compute @workgroup_size(w) fn f() {}`,
      'struct I { @builtin(global_invocation_id) g: vec3u, @builtin(local_invocation_index) l: u32 } ' +
        '@compute @workgroup_size(1) fn f(i: I) { _ = i.g; }',
      `struct I { @builtin(global_invocation_id) g: vec3u } fn g(i: I) -> I { return I(i.g);}`,
      `@group(0) @binding(0) var<storage> a: array<u32>; @group(0) @binding(0) var<storage> b: array<u32>;
@compute @workgroup_size(1) fn f() { _ = a[0]; } @compute @workgroup_size(1) fn g() { _ = b[0]; }`,
      '@group(0) @binding(0) var<storage> a: array<u32>; @compute @workgroup_size(1) ' +
        'fn f() { _ = &a; let n = arrayLength(&a); }',
      '@group(0) @binding(0) var<storage, read_write> a: atomic<u32>; @compute @workgroup_size(1) ' +
        'fn f() { atomicLoad(&a); atomicAdd(&a, 1); atomicStore(&a, 2); let x = atomicCompareExchangeWeak(&a, 1, ' +
        '2u).exchanged; }',
      '@group(0) @binding(0) var<storage, read_write> a: atomic<u32>; @compute @workgroup_size(1) ' +
        'fn f() { atomicCompareExchangeWeak(&a, 1, 2u); let x = atomicCompareExchangeWeak(&a, 1, 2u); ' +
        '_ = x.old_value + 1u; }',
      'override n: u32; var<workgroup> a: array<f32, n>; var<workgroup> b: array<f32, n * 2>; ' +
        '@compute @workgroup_size(1) fn f() { a[0] = 1; let p = &a; p[1] = 3; a[n] = 1;}',
      `requires pointer_composite_access; requires packed_4x8_integer_dot_product;`,
      `diagnostic(off, derivative_uniformity); diagnostic(warning, bogus.rule);`,
      '@diagnostic(off, derivative_uniformity) ' +
        'fn f() { @diagnostic(info, derivative_uniformity) if true { } @diagnostic(off, x) { } }',
    ],
    invalid: [
      `diagnostic(off, derivative_uniformity); diagnostic(info, derivative_uniformity);`,
      'fn f() { @diagnostic(off, derivative_uniformity) @diagnostic(info, derivative_uniformity) ' +
        'switch 0 { default { } } }',
      `@compute @workgroup_size(1) fn main(@builtin(global_invocation_index) i: u32) { var v = vec3f(); _ = &v.x; }`,
      `var<workgroup> w: array<u32, 4>;
@compute @workgroup_size(1) fn main() { let x = subgroupAdd(1u); }`,
      `var<workgroup> w: vec4f;
@compute @workgroup_size(1) fn main() { let p = &w; p.x = 1; let q = &p.y;}`,
      `fn f() -> i32 { if true { return 1; } }
@compute @workgroup_size(1) fn main() { var a = array(1,2,3); let b = a[1u]; a[f()] = 2;}`,
      `fn f(@builtin(position) x: u32) {}`,
      `fn f(@builtin(local_invocation_index) x: u32) {}`,
      `@compute @workgroup_size(1) fn f() -> u32 { return 1u; }`,
      `@workgroup_size(1) fn f() {}`,
      `@compute @workgroup_size(0) fn f() {}`,
      `@compute @workgroup_size(1i, 2u) fn f() {}`,
      `override w = 4; @compute @workgroup_size(w, 2u) fn f() {}`,
      `override w = 4.0; @compute @workgroup_size(w) fn f() {}`,
      `@compute @workgroup_size(1) fn f(@builtin(global_invocation_id) x: vec3i) {}`,
      `@compute @workgroup_size(1) fn f(x: vec3u) {}`,
      '@compute @workgroup_size(1) fn f(@builtin(global_invocation_id) x: vec3u, @builtin(global_invocation_id) y: ' +
        'vec3u) {}',
      `@compute @workgroup_size(1) fn f(@builtin(position) x: vec4f) {}`,
      `@compute @workgroup_size(1) fn f(@builtin(bogus) x: vec4f) {}`,
      'struct I { @builtin(global_invocation_id) g: vec3u, l: u32 } @compute @workgroup_size(1) ' +
        'fn f(i: I) { _ = i.g; }',
      `@group(0) @binding(0) var<storage> a: array<u32>; @group(0) @binding(0) var<storage> b: array<u32>;
@compute @workgroup_size(1) fn f() { _ = a[0]; _ = b[0]; }`,
      `@group(0) @binding(0) var<storage> a: array<u32>; @compute @workgroup_size(1) fn f() { _ = a; }`,
      `@group(0) @binding(0) var<storage, read_write> a: atomic<u32>; @compute @workgroup_size(1) fn f() { _ = a; }`,
      `override n: u32; var<workgroup> a: array<f32, n>; @compute @workgroup_size(1) fn f() { let x = a; }`,
      `@must_use fn f() -> i32 { return 1; } fn g() { f(); }`,
      `@must_use fn f() { }`,
      `enable bogus;`,
      `requires bogus;`,
      `diagnostic(bogus, derivative_uniformity);`,
      `@diagnostic(off, derivative_uniformity) @diagnostic(off, derivative_uniformity) fn f() { }`,
      `@diagnostic(off, derivative_uniformity) @diagnostic(info, derivative_uniformity) fn f() { }`,
      `@bogus fn f() {}`,
      `@const fn f() {}`,
      `@compute @workgroup_size(1) fn a() {} fn b() { a(); }`,
      `@compute @workgroup_size(1) @compute fn a() {}`,
    ],
  },
};
