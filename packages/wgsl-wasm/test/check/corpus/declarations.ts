import type { Corpus } from './index.ts';

export const declarations: Corpus = {
  subject: 'declarations',
  bodies: {
    valid: [
      `let x = 1.0; let y = x / 0.0;`,
      `const x : f32 = 1e-46;`,
      `let x = vec2(1) == vec2(2);`,
      `let a = 1; { let a = a; }`,
      `workgroupBarrier();`,
      `storageBarrier(); textureBarrier();`,
      `let x: u32 = 4294967295;`,
      `let x = 3.0f; let y = x == 3;`,
      `let b: bool = true; let c = b == true; let d = b != false;`,
    ],
    invalid: [
      `let x = 1; let y = x / 0;`,
      `let x = 1u; let y = x << 32u;`,
      `const x: u32 = 1.0;`,
      `let x = vec2(1) == 2;`,
      `let x: vec3f = 1;`,
      `var x;`,
      `var x = 1; x = 1.0;`,
      `let x = 1; x = 2;`,
      `let b = true; let x = b && (1/0==0);`,
      `let a = a;`,
      `var a: array<f32>;`,
      `let a = 1; let a = 2;`,
      `let x = workgroupBarrier();`,
      `let x = 1u; let y = x + 1i;`,
      `let x = 1u; let y = x + 1.0;`,
      `let x = 1i; let y = x * 2.0;`,
      `let f = 1.0f; let y = f & 1;`,
      `let x = foo(1);`,
    ],
  },
};
