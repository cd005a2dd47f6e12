import type { Corpus } from './index.ts';

export const overrides: Corpus = {
  subject: 'overrides',
  modules: {
    valid: [],
    invalid: [
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
