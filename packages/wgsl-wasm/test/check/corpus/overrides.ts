import type { Corpus } from './index.ts';

export const overrides: Corpus = {
  subject: 'overrides',
  modules: {
    valid: [
      `override n: u32; fn f(x: u32) -> u32 { return extractBits(x, 33u, n); }`,
      `override n = 0; fn f() -> i32 { return 1 / n; }`,
      `override n = 4; override m = n * 2; var<workgroup> w: array<f32, m>;`,
      `@id(3) override on: bool = true; fn f() -> i32 { return select(1, 2, on); }`,
    ],
    invalid: [
      `override n: u32; fn f(x: u32) -> u32 { return extractBits(x, 20u, 20u) + n; }`,
      `override n: u32; var<private> a: array<f32, n>;`,
      `override n: u32; var<workgroup> a: array<array<f32, n>, 2>;`,
      `@id(1) override a = 1; @id(1) override b = 2;`,
      `@id(70000) override a = 1;`,
      `@id(-1) override a = 1;`,
      `override a: vec2f;`,
      `override a = vec2(1);`,
      `override a;`,
      `const a = 1; override b = a + 1; const c = b;`,
      `override a = b; override b = a;`,
    ],
  },
};
