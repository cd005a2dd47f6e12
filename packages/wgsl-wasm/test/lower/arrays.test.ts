/**
 * Arrays that are values, at indices known only when the kernel runs: constants, `let`, parameters, results, initial
 * values.
 */
import { describe, expect, it } from 'vitest';
import { checkProgram } from '../../src/complete.ts';
import { compileKernel } from '../../src/index.ts';
import { lowerKernel } from '../../src/lower/kernel.ts';
import { runKernel } from './harness.ts';
import { interpret } from './interpret.ts';

const numbers = (n: number) => Array.from({ length: n }, (_, i) => (Math.imul(i, 2654435761) >>> 20) - 2000);
const list = (n: number) => `array<i32, ${n}>(${numbers(n).join(', ')})`;

/** A kernel whose invocations compute `value` (an i32) from `i`, which runs from 0 to 63. */
const kernel = (value: string, declarations = '', body = '') => `
@group(0) @binding(0) var<storage, read> src: array<i32>;
@group(0) @binding(1) var<storage, read_write> dst: array<i32>;
struct S { a: i32, v: vec3<i32>, b: array<i32, 3> }
var<workgroup> tile: array<i32, 4>;
${declarations}
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) l: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let i = u32(src[group.x * 4u + l]);
  ${body}
  dst[group.x * 4u + l] = ${value};
}`;

function check(wgsl: string): void {
  const src = Int32Array.from({ length: 64 }, (_, i) => i);
  const [, expected] = interpret(wgsl, [src, new Int32Array(64)], 16);
  expect(new Set(expected).size).toBeGreaterThan(2);
  for (const debug of [false, true]) {
    const [, found] = runKernel(wgsl, [src, new Int32Array(64)], { debug, workgroups: [16, 1, 1] });
    expect(Array.from(found)).toEqual(Array.from(expected));
  }
}

/** How often the kernel is lowered, until it is done or refused. */
function lowerings(wgsl: string, refused?: string): number {
  let count = 0;
  const onLowering = () => {
    count++;
  };
  const options = { debug: false, relaxed: true, sharedMemory: false, onLowering };
  const lower = () => lowerKernel(checkProgram(wgsl).entryPoints[0], options);
  if (refused) expect(lower).toThrow(refused);
  else lower();
  return count;
}

describe('constants', () => {
  for (const n of [3, 64, 65, 1000, 5000]) {
    it(`an array of ${n}`, () => check(kernel(`T[i * 7u % ${n}u] + T[i % 3u]`, `const T = ${list(n)};`)));
  }

  const vectors = `array<vec3<i32>, 20>(${numbers(20).map((x) => `vec3(${x}, ${x + 1}, 7)`)})`;
  const structs = `array<S, 20>(${numbers(20).map((x) => `S(${x}, vec3(1, ${x}, 3), array(4, ${x}, 6))`)})`;
  const nested = `array<array<i32, 30>, 4>(${[1, 2, 3, 4].map((k) => `array(${numbers(30).map((x) => x * k)})`)})`;
  for (const [name, value, declarations] of [
    [
      'of vectors',
      'V[i % 20u].y * 2 + V[i % 7u][i % 3u] + dot(V[i % 11u], vec3(1))'.replace(/ \+ dot.*/, ''),
      `const V = ${vectors};`,
    ],
    [
      'of structures',
      'A[i % 20u].a + A[i % 9u].v[i % 3u] * 3 + A[i % 20u].b[i % 3u] + A[3].b[i % 2u]',
      `const A = ${structs};`,
    ],
    ['of arrays', 'N[i % 4u][i % 30u] + N[2][i % 29u] * 3 + N[i % 3u][7]', `const N = ${nested};`],
    [
      'of bool',
      'select(3, i32(i), B[i % 5u]) + select(0, 99, P[i % 3u].z)',
      'const B = array(true, false, false, true, true); const P = array(vec3(true), vec3(false, true, true), ' +
        'vec3(false));',
    ],
    [
      'made where it is read',
      `array(5, ${numbers(70)})[i] + S(1, vec3(2), array(7, 8, i32(5))).b[i % 3u]`,
      '',
    ],
    [
      'as a parameter',
      'f(T, i) + f(array<i32, 100>(), i) + g(T, i)',
      `const T = ${list(100)}; fn f(x: array<i32, 100>, i: u32) -> i32 { return x[i] + x[99u - i] * 2; } ` +
        'fn g(x: array<i32, 100>, i: u32) -> i32 { var y = x; y[i] += 1; return f(y, i); }',
    ],
  ] as const) {
    it(name, () => check(kernel(value, declarations)));
  }

  it('of f32 keeps zeros and their signs apart', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
const A = array<f32, 3>(0.0, -1.5, 3.25); const B = array<f32, 3>(-0.0, -1.5, 3.25);
@compute @workgroup_size(1) fn main() {
  for (var i = 0u; i < o[6]; i++) { o[i] = bitcast<u32>(A[i]); o[3u + i] = bitcast<u32>(-B[i]); }
}`;
    const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0];
    const [found] = runKernel(wgsl, [Uint32Array.of(0, 0, 0, 0, 0, 0, 3)]);
    expect(Array.from(found).slice(0, 6)).toEqual([0, -1.5, 3.25, 0, 1.5, -3.25].map(bits));
  });

  it('are one table, however often they are read, and no code', () => {
    const reads = (n: number) =>
      kernel(
        Array.from({ length: n }, (_, k) => `T[(i + ${k}u) % 1000u]`).join(' + '),
        `const T = ${list(1000)};`,
      );
    const [one, many] = [compileKernel(reads(1)), compileKernel(reads(50))];
    expect(one.tables.length).toBe(4000);
    expect(many.tables.length).toBe(4000);
    expect(one.wasm.length).toBeLessThan(1000);
    expect(many.wasm.length).toBeLessThan(4000);
    check(reads(50));
  });
});

describe('values', () => {
  const made = (n: number) =>
    `array<i32, ${n}>(${Array.from({ length: n }, (_, k) => (k % 3 ? `i32(i) * ${k}` : `${k}`))})`;
  for (const n of [3, 17, 100]) {
    it(`a let of ${n} elements, one that does not change in a loop`, () => {
      check(
        kernel(
          's',
          '',
          `let a = ${made(n)}; var s = a[i % ${n}u]; for (var k = 0u; k < i; k++) { s = s * 3 + a[(k * 5u) % ${n}u]; }`,
        ),
      );
    });
    it(`a let of ${n} elements on both sides of barriers`, () => {
      check(
        kernel(
          's + a[(i + 2u) % 3u]',
          '',
          `let a = ${made(n)}; var s = a[i % ${n}u]; tile[l] = s; workgroupBarrier(); s += a[u32(tile[(l + 1u) ` +
            '% 4u] & 1)] + tile[3u - l]; workgroupBarrier();',
        ),
      );
    });
    it(`a parameter of ${n} elements, and a result`, () => {
      check(
        kernel(
          `f(${made(n)}, i) + g(i)[(i + 1u) % ${n}u]`,
          `fn f(a: array<i32, ${n}>, i: u32) -> i32 { return a[i % ${n}u]; } ` +
            `fn g(i: u32) -> array<i32, ${n}> { return ${made(n)}; }`,
        ),
      );
    });
  }
  it('parts of structures and arrays', () => {
    const row = `array<i32, 30>(${Array.from({ length: 30 }, (_, k) => `i32(i) + ${k}`)})`;
    check(
      kernel(
        'a[i % 2u][i % 30u] + a[1][i % 29u] + t.b[i % 3u] + t.v[i % 3u]',
        '',
        `let a = array(${row}, ${row}); let t = S(1, vec3(i32(i), 2, 3), array(4, i32(i), 6));`,
      ),
    );
  });
});

describe('variables that start as constants', () => {
  for (const n of [10, 100, 5000]) {
    it(`${n} elements, in functions and private`, () => {
      check(
        kernel(
          `t[i] + t[(i + 1u) % ${n}u] + p[i % ${n}u]`.replaceAll('t[i]', `t[i % ${n}u]`),
          `var<private> p = ${list(n)};`,
          (
            `var t = ${list(n)}; t[(i + 1u) % ${n}u] += 5; p[(i + 2u) % ${n}u] = 1; if (i > 60u) ` +
            `{ t = ${n <= 100 ? list(n) : 't'}; }`
          ).replace('t = t;', ''),
        ),
      );
    });
  }
});

describe('debug mode checks every index', () => {
  const cases: [what: string, value: string, declarations: string, body: string, count: number][] = [
    ['v', 'v[i]', '', 'let v = vec3(1, 2, i32(i));', 3],
    ['vec3', 'vec3(1, 2, i32(i))[i]', '', '', 3],
    ['v', 'v[i]', '', 'var v = vec4(1, 2, i32(i), 4);', 4],
    ['v', 'v.x', '', 'var v = vec2(1, i32(i)); v[i] = 5;', 2],
    ['v', 'v.x', '', 'var v = vec2(1, i32(i)); let p = &v; (*p)[i] += 5;', 2],
    ['src', 'src[i * 2u]', '', '', 64],
    ['a', 'a[i]', '', 'let a = array(1, 2, i32(i));', 3],
    [
      'a',
      'a[i]',
      '',
      `let a = array<i32, 20>(${Array.from({ length: 20 }, (_, k) => `i32(i) + ${k}`)});`,
      20,
    ],
    ['a', 'a[i]', '', 'var a = array(1, 2, i32(i));', 3],
    ['a', 'a[1].b[i]', '', 'var a: array<S, 2>;', 3],
    ['T', 'T[i]', 'const T = array(1, 2, 3, 4, 5);', '', 5],
    ['T', 'T[1][i]', 'const T = array(vec2(1), vec2(2), vec2(3));', '', 2],
    ['T', 'T[i / 9u][i]', 'const T = array(array(1, 2), array(2, 3), array(4, 5));', '', 2],
    ['f', 'f()[i]', 'fn f() -> array<i32, 3> { return array(src[0], 2, 3); }', '', 3],
    [
      'f',
      'f(&a, i)',
      'fn f(p: ptr<function, array<i32, 6>>, i: u32) -> i32 { return (*p)[i]; }',
      'var a: array<i32, 6>;',
      6,
    ],
    ['x', 'f(array(1, 2, 3), i)', 'fn f(x: array<i32, 3>, i: u32) -> i32 { return x[i]; }', '', 3],
    ['tile', 'tile[i]', '', '', 4],
    ['tile', 'w', '', 'workgroupBarrier(); let w = *(&tile[i]); workgroupBarrier();', 4],
    ['u', 'atomicLoad(&u[i])', 'var<workgroup> u: array<atomic<i32>, 9>;', '', 9],
    ['p', 'p[i].y', 'var<private> p: array<vec2<i32>, 7>;', '', 7],
  ];
  it.each(cases)('of %s: %s', (what, value, declarations, body, count) => {
    const wgsl = kernel(value, declarations, body);
    const compiled = compileKernel(wgsl, { debug: true });
    const names = compiled.checks.map((entry) => entry.name);
    const memory = new WebAssembly.Memory({ initial: 33, maximum: 65536 });
    const words = new Int32Array(memory.buffer);
    const at = 1 << 20;
    const scratch = at + 65536;
    words.set([16, 1, 1, at + 4096, at + 8192, 256, at + 12288, 256], at >> 2);
    new Uint8Array(memory.buffer).set(compiled.tables, at + 4096);
    for (let i = 0; i < 64; i++) words[((at + 8192) >> 2) + i] = i;
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(compiled.wasm), { env: { memory } })
      .exports;
    const call = () => (run as (...numbers: number[]) => void)(at, 0, 16, scratch);
    expect(call).toThrow('unreachable');
    const [check, index, length] = words.subarray((scratch - 64) >> 2);
    expect({ name: names[check - 1], length }).toEqual({
      name: what === 'f' && value.includes('&a') ? 'a' : what,
      length: count,
    });
    // The first invocation that is outside.
    expect(index).toBeGreaterThanOrEqual(count);
    expect(index).toBeLessThan(count + 5 + count / 9);
  });
});

it('an array of any size may be mentioned whole', () => {
  const body = 'big[i] = i32(i) + 1; _ = big; _ = many[i % 2u];';
  const declarations =
    'var<workgroup> big: array<i32, 16000>; var<private> many: array<array<i32, 9000>, 2>;';
  check(kernel('big[i]', declarations, body));
});

describe('finding what needs memory', () => {
  const declare = (n: number) =>
    Array.from({ length: n }, (_, k) => `var a${k}: array<i32, 4>; a${k}[1] = 1;`).join(' ');
  it('takes one lowering for all variables, and one with them in memory', () => {
    const uses = Array.from(
      { length: 40 },
      (_, k) => `a${k}[i & 3u] = i32(i) + ${k}; s += a${k}[(i + 1u) & 3u];`,
    ).join(' ');
    const wgsl = kernel('s + i32(i)', '', `var s = 0; ${declare(40)} ${uses}`);
    expect(lowerings(wgsl)).toBe(2);
    check(wgsl);
  });

  it('takes few when each turns out only because of the one before', () => {
    // In memory, a variable's elements are no constants any more: neither is an index made of them.
    const uses = Array.from({ length: 40 }, (_, k) => `s += a${k}[a${k + 1}[1]];`).join(' ');
    const wgsl = kernel('s + i32(i)', '', `var s = 0; ${declare(41)} ${uses} a40[i & 3u] = 2; s += a40[0];`);
    expect(lowerings(wgsl)).toBeLessThanOrEqual(4);
    check(wgsl);
  });

  const uses = Array.from({ length: 40 }, (_, k) => `a${k}[i & 3u] = s; s += a${k}[(i + 1u) & 3u];`).join(
    ' ',
  );
  const grow = `
fn f0(x: i32) -> i32 { var r = x; for (var k = 0; k < 200; k++) { r = r * x + (r >> 3u); } return r; }
fn f1(x: i32) -> i32 { return f0(f0(f0(f0(f0(x))))) ^ f0(f0(f0(f0(f0(x + 1))))); }
fn f2(x: i32) -> i32 { return f1(f1(f1(f1(f1(x))))) ^ f1(f1(f1(f1(f1(x + 1))))); }
fn f3(x: i32) -> i32 { return f2(f2(f2(f2(f2(x))))) ^ f2(f2(f2(f2(f2(x + 1))))); }`;

  const step = 'r = r * x + (r >> 3u);';
  const inlined = grow.replace(`for (var k = 0; k < 200; k++) { ${step} }`, step.repeat(200));

  it('ends in the first lowering when a kernel is too large', () => {
    const wgsl = kernel('s', inlined, `var s = f3(i32(i)); ${declare(40)} ${uses}`);
    expect(lowerings(wgsl, 'more than 400000 operations after unrolling and inlining')).toBe(1);
  });

  it('ends in the second when there are too many values for an engine', () => {
    const wgsl = kernel('s', inlined, `var s = f2(i32(i)) ^ f2(i32(l)); ${declare(40)} ${uses}`);
    expect(lowerings(wgsl, 'more than 49000 operations after unrolling and inlining')).toBe(2);
  });

  it('does not unroll loops where that makes the kernel too large', () => {
    // Few invocations take the branch, since the interpreter is slow.
    const body = `var s = i32(i); if i < 3u { s = f2(i32(i)) ^ f2(i32(l)); } ${declare(40)} ${uses}`;
    const wgsl = kernel('s', grow, body);
    expect(lowerings(wgsl)).toBe(3); // unrolled, then with what needs memory, then without unrolling
    check(wgsl);
  });

  it('keeps loops around products of matrices of f16, each of which is many operations', () => {
    const code = `enable f16;
      struct In { a: mat4x4h, b: mat4x4h }
      @group(0) @binding(0) var<storage, read_write> o: array<mat4x4h, 100>;
      @group(0) @binding(1) var<storage> x: array<In, 100>;
      @compute @workgroup_size(1) fn main() { for (var i = 0u; i < 100; i++) { o[i] = x[i].a * x[i].b; } }`;
    expect(compileKernel(code).hasLoops).toBe(true);
  });
});
