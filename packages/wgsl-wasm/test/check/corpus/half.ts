import type { Corpus } from './index.ts';

const f16 = (body: string) => `enable f16; fn f() { ${body} }`;

export const half: Corpus = {
  subject: 'f16',
  modules: {
    valid: [
      'enable f16;',
      'enable f16, f16;',
      f16('let x = 1h;'),
      f16('let x: f16 = 1;'),
      f16('let x: f16 = 1.5; let y = x + 2; let z = 3.0 * y;'),
      f16('let x = 65504h; let y = -65504.0h; let z = 0x1.ffcp15h; let w = 0x1p-24h;'),
      f16('let v = vec3h(1, 2.5, 3h); let w = v * 2h; let u: vec2<f16> = w.zx;'),
      f16('let v = vec4(1h, 2, 3.0, 4h); var w = v; w.x = 1; w[2] += 0.5;'),
      f16(
        'let x = f16(1u) + f16(-2i) + f16(true) + f16(3.5f); let y = f32(x); let z = i32(x); let w = u32(x);',
      ),
      f16('let v = vec2h(vec2u(1)); let w = vec2f(v); let b = vec2<bool>(v);'),
      f16('let a = array<f16, 3>(1, 2, 3); let b = array(1h, 2);'),
      f16(
        'let x = max(1h, 2); let y = clamp(x, 0.5, 1); let z = exp(x) + sqrt(y); let l = length(vec3h(x));',
      ),
      f16('let m = modf(1.5h); let w: f16 = m.whole; let e = frexp(vec2h(3)); let i: vec2i = e.exp;'),
      f16('let x = ldexp(1h, 15); let y = dot(vec2h(1), vec2h(2)); let z = select(1h, 2h, true);'),
      f16(
        'let u = bitcast<u32>(vec2h(1, 2)); let v = bitcast<vec2h>(u); let w = bitcast<vec2<i32>>(vec4h(1));',
      ),
      f16(
        'let x = bitcast<f16>(1h); const c = bitcast<f32>(vec2h(1, 2)); const d = bitcast<vec4h>(vec2u(1));',
      ),
      f16('const a = 1h / 3h; const_assert a == 0.333251953125h; const_assert 2049h == 2048h;'),
      f16('const_assert 0.1h + 0.2h < 0.3h + 0.001h; let c = 1h < 2h && 2h != 3h; let n = -1h % 3h;'),
      'enable f16; override h: f16 = 1.5; @id(3) override k: f16; fn f() -> f16 { return h * k; }',
      'enable f16; struct S { a: f16, b: vec3h, @align(16) c: array<f16, 3> } @group(0) @binding(0) ' +
        'var<storage, read_write> s: S; fn f() { s.b.y = s.a; s.c[1] = s.b.z; }',
      'enable f16; @group(0) @binding(0) var<uniform> u: vec4h; var<workgroup> w: array<f16, 8>; ' +
        'var<private> p = 2h; fn f() { w[1] = u.w + p; }',
      'enable f16; fn g(p: ptr<function, f16>) -> f16 { return *p; } fn f() { var x = 1h; _ = g(&x); }',
      'enable f16; alias H = f16; alias V = vec4<H>; const c = V(1, 2, 3, 4); fn f() -> H { return c.z; }',
    ],
    invalid: [
      'fn f() { let x = 1h; }',
      'fn f(x: f16) { }',
      'fn f() { let v = vec2h(1); }',
      'fn f() { let v = vec2<f16>(1); }',
      'var<private> v: vec3h;',
      f16('let x = 65505h;'),
      f16('let x = f16(65519u);'),
      f16('const x = 65504h + 8h;'),
      f16('let x = 1e5h;'),
      f16('let x = 0x1p16h;'),
      f16('let x = 0x1.001p0h;'),
      f16('let x: f16 = 1e6;'),
      f16('let x: f16 = 1f;'),
      f16('let x: f32 = 1h;'),
      f16('let x = 1h + 1f;'),
      f16('let x = 1h + 1u;'),
      f16('let x = vec2h(1f, 2f);'),
      f16('let x = max(1h, 2f);'),
      f16('const x = 60000h + 60000h;'),
      f16('const x = 1h / 0h;'),
      f16('let x = bitcast<u32>(1h);'),
      f16('let x = bitcast<f16>(1u);'),
      f16('let x = bitcast<vec3h>(vec2u(1));'),
      f16('let x = pack2x16float(vec2h(1));'),
      f16('var x = array<i32, 3>(); _ = x[1h];'),
      f16('let x = 1h & 2h;'),
      f16('let x = ~1h;'),
      f16('let x = ldexp(1h, 17);'),
      f16('var h = 1h; let x = ldexp(h, 17);'),
      f16('var h = vec2h(1); let x = ldexp(h, vec2i(16, 17));'),
      'enable f16; var<workgroup> a: atomic<f16>;',
      'enable f16; @compute @workgroup_size(1h) fn f() {}',
      'fn f() {} enable f16;',
    ],
  },
};
