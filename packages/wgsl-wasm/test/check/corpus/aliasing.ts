import type { Corpus } from './index.ts';

export const aliasing: Corpus = {
  subject: 'aliasing',
  modules: {
    valid: [
      `fn f(p: ptr<workgroup, u32>) { *p = 1u; }
var<workgroup> w: array<u32, 4>;
@compute @workgroup_size(1) fn main() { f(&w[1]); }`,
      'override n: u32 = 1; fn f(p: ptr<workgroup, array<f32, n>>) {} var<workgroup> a: array<f32, n>; ' +
        '@compute @workgroup_size(1) fn g() { f(&a); }',
      `fn f(a: ptr<storage, array<u32>>) {} @group(0) @binding(0) var<storage> a: array<u32>; fn g() { f(&a); }`,
      'fn f(a: ptr<function, i32>, b: ptr<function, i32>) -> i32 { return *a + *b; } ' +
        'fn g() { var x = 1; _ = f(&x, &x); }',
      `fn f() { var v = vec4f(); let p = &v; p.xy = vec2f(1); (*p).zw = vec2f(2); }`,
      `fn f(p: ptr<private, u32>) { *p = 1; } var<private> a: u32; fn g() { f(&a); }`,
      `fn f(p: ptr<private, u32>) -> u32 { return *p + a; } var<private> a: u32; fn g() { _ = f(&a); }`,
      'fn f(p: ptr<function, u32>, q: ptr<function, u32>) { _ = p; *q = 2; } ' +
        'fn g() { var a = 1u; let b = &a; f(&a, b); }',
      `fn f(p: ptr<function, u32>) { (*p)++; } fn g() { var a = array<u32, 2>(1, 2); f(&a[0]); }`,
      'fn f(p: ptr<function, u32>) { f2(p); } fn f2(p: ptr<function, u32>) { } ' +
        'fn g(p: ptr<function, u32>) { f(p); let q = p; f(q); f(&*q); }',
    ],
    invalid: [
      'override n: u32 = 1; fn f(p: ptr<workgroup, array<f32, 1>>) {} var<workgroup> a: array<f32, n>; ' +
        '@compute @workgroup_size(1) fn g() { f(&a); }',
      'fn f(a: ptr<storage, array<u32>, read_write>) {} @group(0) @binding(0) var<storage> a: array<u32>; ' +
        'fn g() { f(&a); }',
      `fn f(a: ptr<function, i32>, b: ptr<function, i32>) { *a = *b; } fn g() { var x = 1; f(&x, &x); }`,
      `fn f(p: ptr<private, u32>) { *p = a; } var<private> a: u32; fn g() { f(&a); }`,
      `fn f(p: ptr<private, u32>) -> u32 { a = 2; return *p; } var<private> a: u32; fn g() { _ = f(&a); }`,
      'fn f(p: ptr<private, u32>) -> u32 { h(); return *p; } fn h() { a = 2; } var<private> a: u32; ' +
        'fn g() { _ = f(&a); }',
      'fn f(p: ptr<private, u32>) { h(p); } fn h(p: ptr<private, u32>) { *p = a; } var<private> a: u32; ' +
        'fn g() { f(&a); }',
      'fn f(p: ptr<function, u32>, q: ptr<function, u32>) { *p = *q; } ' +
        'fn g() { var a = array<u32, 2>(); f(&a[0], &a[1]); }',
      'fn f(p: ptr<function, u32>, q: ptr<function, u32>) { *p = 1; *q = 2; } ' +
        'fn g() { var a = 1u; let b = &a; f(&a, b); }',
      'fn f(p: ptr<function, u32>, q: ptr<function, u32>) { _ = *p; *q = 2; } ' +
        'fn g() { var a = 1u; let b = &a; f(&a, b); }',
      'fn f(p: ptr<workgroup, atomic<u32>>, q: ptr<workgroup, atomic<u32>>) { atomicAdd(p, 1); _ = atomicLoad(q); } ' +
        'var<workgroup> a: atomic<u32>; fn g() { f(&a, &a); }',
    ],
  },
};
