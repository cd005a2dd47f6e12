import type { Corpus } from './index.ts';

const VERTEX = '@vertex fn v() -> @builtin(position) vec4f { return vec4f(); } ';
const fragment = (body: string) => `@fragment fn f(@location(0) x: f32) { ${body} }`;

export const stages: Corpus = {
  subject: 'stages',
  modules: {
    valid: [
      VERTEX,
      '@vertex fn v(@builtin(vertex_index) i: u32, @location(3) p: vec2u) -> @builtin(position) @invariant vec4f ' +
        '{ return vec4f(f32(i)); }',
      'struct V { @builtin(position) p: vec4f, @location(0) uv: vec2f, @location(1) @interpolate(flat) n: u32 } ' +
        '@vertex fn v() -> V { return V(); } @fragment fn f(v: V) -> @location(0) vec4f { return vec4f(v.uv, 0, 1); }',
      '@fragment fn f(@builtin(position) p: vec4f, @builtin(front_facing) b: bool) -> @builtin(frag_depth) f32 ' +
        '{ return p.x; }',
      '@fragment fn f() -> @location(0) vec4u { return vec4u(); }',
      fragment('if x < 0 { discard; }'),
      fragment('let y = dpdx(x) + fwidthCoarse(vec2f(x)).y;'),
      `diagnostic(off, derivative_uniformity); ${fragment('if x < 0 { let y = dpdx(x); }')}`,
      fragment('@diagnostic(off, derivative_uniformity) if x < 0 { let y = dpdx(x); }'),
      `fn g() { discard; } fn h(x: f32) -> f32 { return dpdy(x); } ${fragment('let y = h(x); g();')}`,
      `${VERTEX}struct S { @location(0) x: f32 } @group(0) @binding(0) var<storage, read_write> b: S; ` +
        '@compute @workgroup_size(1) fn c() { b.x = 1; }',
      '@group(0) @binding(0) var<storage, read_write> b: u32; @fragment fn f() { b = 1; }',
    ],
    invalid: [
      '@vertex fn v() {}',
      '@vertex @fragment fn v() -> @builtin(position) vec4f { return vec4f(); }',
      '@vertex fn v() -> vec4f { return vec4f(); }',
      '@vertex fn v() -> @location(0) vec4f { return vec4f(); }',
      '@vertex fn v() -> @builtin(position) vec3f { return vec3f(); }',
      '@vertex fn v(p: vec2f) -> @builtin(position) vec4f { return vec4f(); }',
      '@vertex fn v(@builtin(front_facing) b: bool) -> @builtin(position) vec4f { return vec4f(); }',
      '@vertex fn v(@location(0) a: f32, @location(0) b: f32) -> @builtin(position) vec4f { return vec4f(); }',
      '@fragment fn f(@location(0) x: u32) {}',
      '@fragment fn f(@location(0) x: bool) {}',
      '@fragment fn f(@location(0) x: mat2x2f) {}',
      '@fragment fn f(@location(-1) x: f32) {}',
      '@fragment fn f(@location(0) @interpolate(sharp) x: f32) {}',
      '@fragment fn f(@location(0) @interpolate(flat, center) x: f32) {}',
      '@fragment fn f(@interpolate(flat) @builtin(position) x: vec4f) {}',
      '@fragment fn f(@location(0) @invariant x: f32) {}',
      '@fragment fn f(@location(0) @builtin(position) x: vec4f) {}',
      '@fragment fn f(@builtin(sample_index) x: i32) {}',
      '@fragment @workgroup_size(1) fn f() {}',
      '@compute @workgroup_size(1) fn c(@location(0) x: f32) {}',
      '@compute @workgroup_size(1) fn c(@builtin(position) x: vec4f) {}',
      '@compute @workgroup_size(1) fn c() { discard; }',
      '@compute @workgroup_size(1) fn c() { let x = dpdx(1.0); }',
      'fn g() { discard; } @vertex fn v() -> @builtin(position) vec4f { g(); return vec4f(); }',
      'fn g(@location(0) x: f32) {}',
      'fn g() -> @location(0) f32 { return 1; }',
      fragment('workgroupBarrier();'),
      fragment('if x < 0 { let y = dpdx(x); }'),
      fragment('let y = dpdx(1u);'),
      'var<workgroup> w: u32; @fragment fn f() { w = 1; }',
      '@group(0) @binding(0) var<storage, read_write> b: u32; ' +
        '@vertex fn v() -> @builtin(position) vec4f { b = 1; return vec4f(); }',
      'struct I { @location(0) x: f32 } struct S { i: I } @fragment fn f(s: S) {}',
      'struct S { @location(0) x: f32, y: f32 } @fragment fn f(s: S) {}',
      `${VERTEX}fn g() { let x = v(); }`,
    ],
  },
};
