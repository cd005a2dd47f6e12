/** Stores brought together for 256-bit operations: that they are, and only where nothing else changes. */
import { describe, expect, it } from 'vitest';
import { disassemble } from '../../src/encode/disassemble.ts';
import { compileKernel } from '../../src/index.ts';
import { runKernel } from './harness.ts';

const bindings = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> z: array<vec4<f32>>;
`;

const kernel = (body: string) =>
  `${bindings}@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3<u32>) { let i = id.x;\n${body}\n}`;

/** Vector loads and stores in their order, by offset: `load 0`, `store 16`. */
const accesses = (body: string) =>
  Array.from(
    disassemble(compileKernel(kernel(body)).wasm).matchAll(/v128\.(load|store)(?: offset=(\d+))?/g),
    ([, kind, offset = '0']) => `${kind} ${offset}`,
  );

/** y and z after the kernel ran, z bound where it is used; x[n] is n + 1 in all lanes, y[n] 100 (n + 1), z[n] 0. */
function run(body: string): number[] {
  const vectors = (value: (n: number) => number) =>
    Float32Array.from({ length: 32 }, (_, i) => value(Math.floor(i / 4)));
  const text = kernel(body);
  const buffers = [vectors((n) => n + 1), vectors((n) => 100 * (n + 1)), vectors(() => 0)];
  const used = ['x', 'y', 'z'].flatMap((name, i) =>
    new RegExp(`\\b${name}\\[`).test(text) ? [buffers[i]] : [],
  );
  const results = runKernel(text, used);
  return Array.from(results.at(-1)!).filter((_, i) => i % 4 === 0);
}

describe('stores to neighbouring vectors', () => {
  it('wait for each other past reads of other buffers, the higher one first', () => {
    expect(accesses('for (var k = 0u; k < 4u; k++) { y[4u * i + k] = x[4u * i + k] * 2.0; }')).toEqual(
      [0, 32].flatMap((at) => [`load ${at}`, `load ${at + 16}`, `store ${at + 16}`, `store ${at}`]),
    );
  });

  it('wait past reads and writes of the same buffer elsewhere', () => {
    expect(accesses('y[i] += x[i]; y[i + 1u] += x[i + 1u];').slice(-2)).toEqual(['store 16', 'store 0']);
    expect(
      accesses('y[i] = x[i]; z[i] = x[i + 4u]; y[i + 1u] = x[i + 1u]; z[i + 1u] = x[i + 5u];').slice(-4),
    ).toEqual(['store 16', 'store 0', 'store 16', 'store 0']);
  });

  it('are given addresses without offsets if there is a rest, which V8 would pack wrongly', () => {
    const doubled = 'let a = x[i] * 2.0; let b = x[i + 1u] * 2.0; y[i] = a; y[i + 1u] = b;';
    const stores = (body: string) => accesses(body).filter((access) => access.startsWith('store'));
    expect(stores(doubled)).toEqual(['store 16', 'store 0']);
    // A use outside of the pair, halves that differ, and loads that are no neighbours.
    expect(stores(`${doubled} z[i] = b;`)).toEqual(['store 0', 'store 0', 'store 0']);
    expect(stores('y[i] = x[i] * 2.0; y[i + 1u] = x[i + 1u] + 2.0;')).toEqual(['store 0', 'store 0']);
    expect(stores('y[i] = x[i]; y[i + 1u] = x[i + 2u];')).toEqual(['store 0', 'store 0']);
    expect(run(`${doubled} z[i] = b;`)[0]).toBe(4);
    // In a branch that was joined with another one.
    const inside = 'if (x[0].x > 0.0) { z[i] = x[i]; } if (x[0].x > 0.0) { z[i + 1u] = x[i + 2u]; }';
    expect(run(inside).slice(0, 3)).toEqual([1, 3, 0]);
  });

  it('do not wait past what may be the same place', () => {
    // z[i] is read before its neighbour is written, wherever the index of the read leads.
    expect(run('z[i] = x[3]; z[i + 1u] = z[u32(x[0].x) - 1u] * 2.0;').slice(0, 2)).toEqual([4, 8]);
    expect(run('z[i] = x[3]; z[u32(x[0].x) - 1u] = x[5]; z[i + 1u] = x[1];').slice(0, 2)).toEqual([6, 2]);
    expect(run('z[i + 1u] = x[3]; z[i] = x[2]; z[i + 1u] = x[4];').slice(0, 2)).toEqual([3, 5]);
  });

  it('come out of branches in a row that ask the same', () => {
    const body = (condition: string) =>
      `if (${condition}) { y[i] = x[0]; } if (${condition}) { y[i + 1u] = x[1]; }`;
    expect(disassemble(compileKernel(kernel(body('i < 5u'))).wasm).match(/\bif\b/g)).toHaveLength(
      disassemble(compileKernel(kernel('if (i < 5u) { y[i] = x[0]; y[i + 1u] = x[1]; }')).wasm).match(
        /\bif\b/g,
      )!.length,
    );
    expect(run(body('x[0].x > 0.0')).slice(0, 3)).toEqual([1, 2, 300]);
    expect(run(body('x[0].x < 0.0')).slice(0, 3)).toEqual([100, 200, 300]);
  });

  it('stay after a branch on which they depend', () => {
    const branches = `var t = x[4];
if (x[0].x > 0.0) { z[i] = x[5]; t = x[6]; }
let sum = t + z[i];
if (x[0].x > 0.0) { z[i + 1u] = sum; }`;
    expect(run(branches).slice(0, 2)).toEqual([6, 13]);
    // The first branch may leave the loop: the second must not run then.
    const left = `for (var k = 0u; k < u32(x[3].x); k++) {
  if (x[k].x > 2.0) { z[k] = x[k]; break; }
  if (x[k].x > 2.0) { z[k + 4u] = x[k]; }
  z[k + 1u] = x[7];
}`;
    expect(run(left)).toEqual([0, 8, 3, 0, 0, 0, 0, 0]);
  });
});

describe('loops of a constant length from anywhere', () => {
  const loop = 'for (var k = n; k < n + 4u; k++) { z[k - n] = x[k - n]; }';

  it('are unrolled', () => {
    expect(accesses(`let n = 4u * i; ${loop}`).filter((access) => access.startsWith('store'))).toHaveLength(
      4,
    );
    expect(run(`let n = u32(x[2].x); ${loop}`)).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
  });

  it('do not begin where their end wraps around', () => {
    expect(run(`let n = u32(x[2].x) - 5u; ${loop}`)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(
      run('let n = i32(x[0].x) + 2147483645; for (var k = n; k < n + 4; k++) { z[k - n] = x[0]; }')[0],
    ).toBe(0);
    expect(
      run('let n = -i32(x[0].x); for (var k = n; k < n + 4; k++) { z[k - n] = x[0]; }').slice(0, 5),
    ).toEqual([1, 1, 1, 1, 0]);
  });

  it('leave their variable where it ended, and end early where they are left', () => {
    expect(
      run(
        'let n = u32(x[2].x); var k = n; for (; k < n + 6u; k += 2u) { z[k - n] = x[0]; } z[7] = vec4<f32>(f32(k));',
      ),
    ).toEqual([1, 0, 1, 0, 1, 0, 0, 9]);
    expect(
      run(
        'let n = u32(x[2].x); for (var k = n; k < n + 6u; k++) { if (x[k - n].x > 2.0) { break; } z[k - n] = x[0]; }',
      ),
    ).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });
});
