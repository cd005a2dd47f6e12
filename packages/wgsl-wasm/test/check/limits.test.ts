import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkModule } from '../../src/complete.ts';
import { openTint, type Tint } from './tint.ts';

let tint: Tint;
beforeAll(async () => {
  tint = await openTint();
});
afterAll(() => tint.close());

/** A program that grows with n, and the largest n that is accepted. */
const LIMITS: [name: string, last: number, program: (n: number) => string][] = [
  ['parentheses', 127, (n) => `const x = ${'('.repeat(n)}1${')'.repeat(n)};`],
  ['unary operators', 127, (n) => `const x = ${'-'.repeat(n)}1;`],
  ['calls', 127, (n) => `const x = ${'abs('.repeat(n)}1${')'.repeat(n)};`],
  ['a sum', 512, (n) => `const x = 1${' + 1'.repeat(n)};`],
  ['swizzles in a row', 512, (n) => `fn f(v: vec4f) { let x = v${'.xyzw'.repeat(n)}; }`],
  ['blocks', 127, (n) => `fn f() ${'{'.repeat(n)}${'}'.repeat(n)}`],
  ['ifs', 63, (n) => `fn f() { ${'if true {'.repeat(n)}${'}'.repeat(n)} }`],
  ['loops', 61, (n) => `fn f() { ${'loop { if true {break;} '.repeat(n)}${'}'.repeat(n)} }`],
  ['switches', 42, (n) => `fn f() { ${'switch 1 { default {'.repeat(n)}${'}}'.repeat(n)} }`],
  ['else ifs', 124, (n) => `fn f() { if true {} ${'else if true {}'.repeat(n)} }`],
  [
    'structures in structures',
    254,
    (n) =>
      `struct S0 { a: f32 }${Array.from({ length: n }, (_, i) => `struct S${i + 1} { a: S${i} }`).join('')}`,
  ],
];

describe('limits', () => {
  it.each(LIMITS)('%s: %i, as in Tint', async (_, last, program) => {
    expect(await tint.judge(program(last))).toBe(null);
    expect(await tint.judge(program(last + 1))).not.toBe(null);
    expect(() => checkModule(program(last))).not.toThrow();
    expect(() => checkModule(program(last + 1))).toThrow(/more than \d+/);
    // Far beyond the limit there is still a message, not an exhausted stack.
    expect(() => checkModule(program(20_000))).toThrow(/more than \d+/);
  });
});
