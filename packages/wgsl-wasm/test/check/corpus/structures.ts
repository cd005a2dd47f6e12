import type { Corpus } from './index.ts';

export const structures: Corpus = {
  subject: 'structures',
  modules: {
    valid: [
      `struct S { @align(32) a: f32, @size(20) b: f32 }`,
      `struct S { a: array<f32, 65536> } @group(0) @binding(0) var<storage> a: S;`,
    ],
    invalid: [
      `struct S { @align(1) a: f32 } @group(0) @binding(0) var<storage> s: S;`,
      `struct S { @align(1) a: f32 }`,
      `struct S { @align(2) a: vec2f } var<private> p: S;`,
      `struct S { @size(2) b: f32 }`,
      `struct S { @align(3) b: f32 }`,
      `override n: u32; struct S { a: array<f32, n> }`,
      `struct A { b: B } struct B { a: A }`,
      `@size(4) fn f() {}`,
      `struct S {}`,
      `struct S { a: i32; }`,
      `struct S { a: i32, a: f32 }`,
      `struct S { a: array<i32>, b: i32 }`,
      `struct S { a: array<i32> } struct T { s: S }`,
      `struct S { a: ptr<function, i32> }`,
      `struct S { a: array<f32, 65536> } var<private> a: S;`,
    ],
  },
};
