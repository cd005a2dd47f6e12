/** Buffers and their views where Tint cannot be asked: pipelines, sizes of bindings, the text where Tint differs. */
import { describe, expect, it } from 'vitest';
import { checkModule, checkProgram } from '../../src/complete.ts';
import { WgslError } from '../../src/syntax/diagnostics.ts';

const DECLARATIONS = `
override offset: i32; override size: u32; override bytes: u32 = 64;
@group(0) @binding(0) var<storage> open: buffer;
@group(0) @binding(1) var<storage> b64: buffer<64>;
var<workgroup> g: buffer<bytes>;
struct T { head: vec4u, tail: array<vec2u> }
`;
const program = (body: string, helpers = '') =>
  `${DECLARATIONS}${helpers}
@compute @workgroup_size(1) fn main() { ${body} }
@compute @workgroup_size(1) fn other() {}`;

function refusal(action: () => unknown): WgslError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof WgslError) return error;
    throw error;
  }
}

describe('values of overrides', () => {
  const view = 'let p = bufferView<vec4u>(&b64, offset);';
  const array = 'let p = bufferArrayView<T>(&open, offset, size);';
  const through = 'fn f(p: ptr<storage, buffer>) { let q = bufferView<vec4u>(p, offset); }';
  const grouped = 'let p = bufferView<array<u32, 8>>(&g, 0);';
  it.each([
    [view, { offset: 48 }, null],
    [view, { offset: -16 }, 'must not be negative, it is -16'],
    [view, { offset: 8 }, "the offset of 'bufferView<vec4<u32>>' must be a multiple of 16, not 8"],
    [view, { offset: 64 }, "'bufferView<vec4<u32>>' needs 80 bytes of a buffer that has 64"],
    [array, { offset: 0, size: 40 }, null],
    [array, { offset: 0, size: 16 }, "the size of 'bufferArrayView<T>' must be at least 24, not 16"],
    [array, { offset: 0, size: 28 }, 'must be 16 and a multiple of 8, not 28'],
    [
      'let p = bufferArrayView<array<u32>>(&b64, 32, size);',
      { size: 36 },
      'needs 68 bytes of a buffer that has 64',
    ],
    ['f(&b64);', { offset: 48 }, null],
    ['f(&b64);', { offset: 64 }, "a view in 'f' needs 80 bytes of a buffer that has 64"],
    [grouped, {}, null],
    [grouped, { bytes: 28 }, 'needs 32 bytes of a buffer that has 28'],
    [grouped, { bytes: 0 }, 'the size of a buffer must be at least 1, not 0'],
    [grouped, { bytes: 34 }, 'the size of a buffer must be a multiple of 4, not 34'],
    ['_ = bufferLength(&g);', { bytes: 34 }, 'a multiple of 4'],
  ])('%s with %o', (body, overrides, message) => {
    const source = program(body, body.startsWith('f') ? through : '');
    expect(refusal(() => checkModule(source))).toBeNull();
    const options = { overrides: { offset: 0, size: 24, ...overrides } };
    const error = refusal(() => checkProgram(source, { ...options, entryPoint: 'main' }));
    if (message === null) expect(error).toBeNull();
    else {
      expect(error?.kind).toBe('override');
      expect(error?.message).toContain(message);
    }
    // A pipeline of another entry point does not see it.
    expect(refusal(() => checkProgram(source, { ...options, entryPoint: 'other' }))).toBeNull();
  });
});

describe('the fewest bytes of a binding', () => {
  const bytesOf = (body: string, helpers = '') =>
    checkProgram(program(body, helpers), { overrides: { offset: 0, size: 24 } })
      .entryPoints.find(({ name }) => name === 'main')!
      .bindings.map(({ name, minimumBytes }) => [name, minimumBytes]);
  const g = 'fn viewing(p: ptr<storage, buffer>, i: u32) { let q = p; let v = bufferView<mat4x4f>(q, i); }';
  it.each([
    [
      '_ = bufferLength(&open) + bufferLength(&b64);',
      '',
      [
        ['open', 0],
        ['b64', 64],
      ],
    ],
    ['let p = bufferView<u32>(&open, 400); let q = bufferView<vec3u>(&open, 0);', '', [['open', 12]]],
    ['let p = bufferView<T>(&open, 0); _ = p.head.x;', '', [['open', 24]]],
    ['let p = bufferArrayView<array<vec2u>>(&open, 0, 160);', '', [['open', 8]]],
    [
      'let p = &open; if p2() { let q = bufferView<vec2u>(p, 8); }',
      'fn p2() -> bool { return false; }',
      [['open', 8]],
    ],
    [
      'viewing(&open, 0); viewing(&b64, 0);',
      g,
      [
        ['open', 64],
        ['b64', 64],
      ],
    ],
    [
      'h(&open);',
      `${g} fn h(p: ptr<storage, buffer>) { for (var i = 0u; i < 4; i++) { viewing(p, i); } }`,
      [['open', 64]],
    ],
    ['h();', `${g} fn h() { viewing(&open, 1); }`, [['open', 64]]],
  ])('of %s', (body, helpers, expected) => {
    expect(bytesOf(body, helpers)).toEqual(expected);
  });
});

it('memory that others can write is not uniform through a view, which Tint does not see', () => {
  const source = (pointer: string) => program(`if *${pointer} == 1 { workgroupBarrier(); }`, W);
  const W = '@group(0) @binding(2) var<storage, read_write> w: buffer; var<workgroup> wg: buffer<4>;';
  for (const pointer of ['bufferView<u32>(&w, 0)', 'bufferView<u32>(&wg, 0)'])
    expect(refusal(() => checkModule(source(pointer)))?.message).toContain(
      'which other invocations can write',
    );
  expect(refusal(() => checkModule(source('bufferView<u32>(&open, 0)')))).toBeNull();
});

it('the original layout of uniform buffers holds for views of them, if it is asked for', () => {
  const source = (view: string) => `struct S { a: vec2u } struct R { a: u32, b: S }
    @group(0) @binding(0) var<uniform> u: buffer<64>; fn f() { let p = ${view}; }`;
  const views: [view: string, problem: string][] = [
    ['bufferView<array<u32, 4>>(&u, 0)', 'stride of 4 bytes'],
    ['bufferArrayView<array<vec2u>>(&u, 0, 16)', 'stride of 8 bytes'],
    ['bufferView<R>(&u, 0)', "'b' of 'R' is at offset 8"],
    ['bufferView<S>(&u, 8)', 'must be a multiple of 16, not 8'],
    ['bufferView<array<vec4u>>(&u, 8)', 'must be a multiple of 16, not 8'],
  ];
  for (const [view, problem] of views) {
    const error = refusal(() => checkModule(source(view), { portableUniformLayout: true }));
    expect(error?.message).toContain(problem);
  }
  for (const view of [
    'bufferView<S>(&u, 16)',
    'bufferView<mat2x2f>(&u, 8)',
    'bufferView<array<vec4u, 2>>(&u, 16)',
  ])
    expect(refusal(() => checkModule(source(view), { portableUniformLayout: true }))).toBeNull();
});
