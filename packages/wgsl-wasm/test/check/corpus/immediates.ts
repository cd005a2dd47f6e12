import type { Corpus } from './index.ts';

const compute = (body: string) => `@compute @workgroup_size(1) fn main() { ${body} }`;
const two = 'var<immediate> a: u32; var<immediate> b: u32;';

export const immediates: Corpus = {
  subject: 'immediate variables',
  modules: {
    valid: [
      'requires immediate_address_space; var<immediate> a: u32;',
      `struct S { a: mat4x4f, b: f32 } var<immediate> a: S; ${compute('_ = a.b; let m = a.a * a.a;')}`,
      'enable f16; struct S { a: f16, b: f32 } var<immediate> a: S;',
      `var<immediate> a: vec3f; ${compute('let p = &a; let i = 1; _ = (*p)[i] + a.z;')}`,
      `var<immediate> a: mat2x2f; ${compute('var i = 1; _ = a[i].x;')}`,
      `var<immediate> a: u32; fn g(p: ptr<immediate, u32>) -> u32 { return *p; } ${compute('_ = g(&a);')}`,
      `struct S { a: u32 } struct T { s: S, v: vec3f } var<immediate> a: T; ${compute('let t = a; _ = t.v;')}`,
      `var<immediate> a: u32; ${compute('if a == 1 { workgroupBarrier(); }')}`,
      'var<immediate> a: u32; @vertex fn v() -> @builtin(position) vec4f { return vec4f(f32(a)); }',
      two,
      `${two} ${compute('_ = a;')} @compute @workgroup_size(1) fn other() { _ = b; }`,
      'const immediate = 1;',
    ],
    invalid: [
      'var<immediate> a: array<u32, 4>;',
      'var<immediate> a: array<u32>;',
      'struct S { a: array<u32, 2> } var<immediate> a: S;',
      'struct S { a: f32, b: array<u32> } var<immediate> a: S;',
      'override n = 2; var<immediate> a: array<u32, n>;',
      'var<immediate> a: bool;',
      'struct S { a: vec3<bool> } var<immediate> a: S;',
      'var<immediate> a: atomic<u32>;',
      'var<immediate> a: ptr<function, u32>;',
      'var<immediate, read> a: u32;',
      'var<immediate> a: u32 = 1;',
      'var<immediate> a = 1u;',
      'var<immediate> a;',
      '@group(0) @binding(0) var<immediate> a: u32;',
      '@id(1) var<immediate> a: u32;',
      'fn f() { var<immediate> a: u32; }',
      'const immediate = 1; var<immediate> a: u32;',
      `var<immediate> a: u32; ${compute('a = 1;')}`,
      `var<immediate> a: vec2u; ${compute('a.x += 1;')}`,
      `${two} ${compute('_ = a + b;')}`,
      `${two} fn g() -> u32 { return b; } ${compute('_ = a; _ = g();')}`,
      `${two} @fragment fn f() { _ = a + b; }`,
      'fn g(p: ptr<immediate, u32, read>) -> u32 { return *p; }',
      'fn g(p: ptr<immediate, array<u32, 4>>) {}',
      'fn g(p: ptr<immediate, array<u32>>) {}',
      'fn g(p: ptr<immediate, bool>) {}',
    ],
  },
};
