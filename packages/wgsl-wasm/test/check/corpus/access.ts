import type { Corpus } from './index.ts';

export const access: Corpus = {
  subject: 'access',
  bodies: {
    valid: [
      `let x = false && array(1)[2] == 1;`,
      `var x = 1; let p = &x; *p = 2; (*p)++;`,
      `var x = 1; let p: ptr<function, i32> = &x;`,
      `var x = 1; let p = &x; let q = p; *q = 1;`,
      `var x = array(1,2); let p = &x[0]; *p = 2;`,
      `var x = array(1,2); let p = &x; p[0] = 2; let y = p[1];`,
      `var x = vec2(1); let p = &x; p.x = 2; let y = (*p).yx;`,
    ],
    invalid: [
      `let v = vec3(1,2,3); let y = v[-1];`,
      `const x = 1; let y = &x;`,
      `let p = &1;`,
      `var x = 1; let p: ptr<function, i32, read> = &x;`,
      `var x = 1; let p: ptr<private, i32> = &x;`,
      `var x = 1; var p = &x;`,
      `var x = 1; let y = x[0];`,
      `var x = 1; let y = x.x;`,
    ],
  },
};
