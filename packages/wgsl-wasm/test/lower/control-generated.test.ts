import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { openTint } from '../check/tint.ts';
import { INPUT_WORDS, RESULT_WORDS, WORKGROUP_SIZE } from '../dawn/generate-kernel.ts';
import { generateControl } from './generate-control.ts';
import { runKernel } from './harness.ts';
import { interpret } from './interpret.ts';

const WORKGROUPS = 3;

/** Decides from a list of numbers, then always for the first choice, so that shorter lists make simpler kernels. */
function picker(choices: readonly number[]) {
  let at = 0;
  return (n: number) => (at < choices.length ? choices[at++] % n : 0);
}

const check = (wgsl: string, words: readonly number[]) => {
  const src = Int32Array.from(words);
  const dst = new Int32Array(WORKGROUPS * WORKGROUP_SIZE * RESULT_WORDS);
  const [, expected] = interpret(wgsl, [src, dst], WORKGROUPS);
  for (const options of [{}, { debug: true }]) {
    const [, found] = runKernel(wgsl, [src, dst], { ...options, workgroups: [WORKGROUPS, 1, 1] });
    expect(Array.from(found), wgsl).toEqual(Array.from(expected));
  }
};

/**
 * A loop whose `continuing` uses what the body declares, between `continue`s, in a kernel that keeps its sum in `s`.
 */
const around = (body: string, continuing: string, declarations = '') => `
@group(0) @binding(0) var<storage, read> src: array<i32>;
@group(0) @binding(1) var<storage, read_write> dst: array<i32>;
var<workgroup> tile: array<i32, ${WORKGROUP_SIZE}>;
struct S { a: i32, v: vec3<i32>, b: array<i32, 3> }
${declarations}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {
  var s = src[group.x]; var i = 0u;
  loop { ${body} continuing { ${continuing} i += 1u; break if i >= 8u; } }
  dst[group.x * ${WORKGROUP_SIZE}u + local] = s;
}`;

describe('continuing sees what the body declares before every continue', () => {
  const skip = 'if (src[i] > 3) { continue; }';
  for (const [name, body, continuing, declarations] of [
    ['a scalar', `var t = s + i32(i); ${skip} t += 1;`, 's = t;'],
    ['a let', `let t = s + i32(i); ${skip} s += 5;`, 's ^= t;'],
    [
      'a vector',
      `var t = vec3(s, i32(i), 1); ${skip} t.y *= 3; ${skip} t = t.zxy;`,
      's = t.x - t.y * 2 + t.z;',
    ],
    ['an array in locals', `var t = array<i32, 3>(s, 2, 3); ${skip} t[1] += s;`, 's = t[0] + t[1] * 2;'],
    [
      'an array in memory',
      `var t = array<i32, 3>(s, 2, 3); ${skip} t[i % 3u] += s;`,
      's = t[i % 2u] + t[1];',
    ],
    ['a structure', `var t: S; t.a = s; ${skip} t.v.y = 4; t.b[2] = s;`, 's = t.a + t.v.y + t.b[2];'],
    ['a pointer', `var t = s; let p = &t; ${skip} *p += 7;`, 's = *p + t;'],
    [
      'a jump on every way',
      `var t = s * 3; if (src[i] > 3) { t += 1; continue; } else { t -= 1; continue; }`,
      's = t;',
    ],
    [
      'a jump out of a switch',
      'var t = s; switch (src[i] & 3) { case 1: { t += 9; continue; } case 2: { break; } default: { t ^= 5; } ' +
        '} t *= 2;',
      's = t;',
    ],
    [
      'a loop inside',
      `var t = s; for (var k = 0; k < src[i]; k++) { if (k == 2) { break; } t += k; } ${skip} t += 1;`,
      'loop { if (t < 9) { break; } t -= 5; } s = t;',
    ],
    [
      'a variable after the jump, which is not seen',
      `var t = s; ${skip} var u = t * 2; t = u + 1;`,
      's = t;',
    ],
    [
      'a return inside of a loop of a function',
      `var t = f(s, i); ${skip} t += f(t, 3u);`,
      's = t;',
      'fn f(x: i32, n: u32) -> i32 { var r = x; loop { var q = r + 1; if (q % 5 == 0) { return q; } if (q % 3 == 0) ' +
        '{ continue; } q += 2; continuing { r = q; break if r > 40; } } return r; }',
    ],
    [
      'a barrier',
      'var t = s + i32(i); tile[local] = t; workgroupBarrier(); let o = tile[(local + 1u) % 4u]; ' +
        'workgroupBarrier(); if (i == 3u) { continue; } t += o;',
      's = t;',
    ],
    [
      'a barrier in it',
      `var t = s + i32(local); if (i == 3u) { continue; } t += 1;`,
      'tile[local] = t; workgroupBarrier(); s = tile[(local + 1u) % 4u] + t; workgroupBarrier();',
    ],
  ] as const) {
    it(name, () => {
      check(
        around(body, continuing, declarations),
        Array.from({ length: INPUT_WORDS }, (_, i) => (i * 7) % 11),
      );
    });
  }
});

describe('a for loop with constants whose body has a say in the iterations', () => {
  for (const [name, loop] of [
    ['sets the end', 'var n = 10; for (var k = 0; k < n; k++) { n = 5; s += k; }'],
    ['moves the end', 'var n = 10; for (var k = 0; k < n; k++) { if (k < 4) { n -= 1; } s += k; }'],
    ['sets the step', 'var d = 1; for (var k = 0; k < 10; k += d) { d = 2; s += k; }'],
    [
      'sets the step of an assignment',
      'var d = 1; for (var k = 0; k < 10; k = k + d * 2) { s += k; d += 1; }',
    ],
    ['sets a step that is private', 'for (var k = 0; k < 10; k += step) { s += k; step += 1; }'],
    ['calls what sets a private step', 'for (var k = 0; k < 10; k += step) { s += k; more(); }'],
    ['sets the variable', 'for (var k = 0; k < 10; k++) { if (k == 5) { k = 8; } s += k; }'],
    [
      'sets the variable through a pointer',
      'var k = 0; let p = &k; for (k = 0; k < 10; k++) { if (k == 5) { *p = 8; } s += k; }',
    ],
    ['sets it in a function', 'var k = 0; let p = &k; for (; k < 10; k += 1) { two(p); s += k; }'],
    [
      'sets the end through a pointer',
      'var n = 10; let p = &n; for (var k = 0; k < n; k++) { *p = 5; s += k; }',
    ],
    [
      'sets it through a copy of a pointer',
      'var n = 3; let p = &n; let q = p; for (var k = 0; k < n; k++) { if (k < 4) { *q += 1; } s += n; }',
    ],
    [
      'sets it in a loop inside',
      'var n = 9; for (var k = 0; k < n; k++) { for (var j = 0; j < 2; j++) { n -= j; } s += k; }',
    ],
  ] as const) {
    it(name, () => {
      const helpers = `
var<private> step: i32 = 1;
fn more() { step += 1; }
fn two(p: ptr<function, i32>) { *p += 2; }`;
      const wgsl = around(`{ ${loop} }`, '', helpers).replace('i >= 8u', 'i >= 2u');
      check(
        wgsl,
        Array.from({ length: INPUT_WORDS }, (_, i) => i % 7),
      );
    });
  }
});

it('random control flow, valid to Tint, gives what an interpreter of the language gives', async () => {
  const tint = await openTint();
  // Every choice as likely as any: small numbers would always make the first forms.
  const kernels = fc.noBias(fc.array(fc.nat(0xffff), { minLength: 300, maxLength: 1500 }));
  const inputs = fc.array(fc.integer({ min: -10, max: 30 }), {
    minLength: INPUT_WORDS,
    maxLength: INPUT_WORDS,
  });
  await fc.assert(
    fc.asyncProperty(kernels, inputs, async (choices, words) => {
      const wgsl = generateControl(picker(choices));
      expect(await tint.judge(wgsl), wgsl).toBeNull();
      check(wgsl, words);
    }),
    { numRuns: amount(60, 2000), endOnFailure: true },
  );
  tint.close();
});
