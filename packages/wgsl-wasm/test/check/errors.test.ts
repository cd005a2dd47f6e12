import { describe, expect, it } from 'vitest';
import { checkProgram } from '../../src/complete.ts';
import { formatDiagnostic, WgslError } from '../../src/syntax/diagnostics.ts';

/** The whole message of the refusal. */
function messageOf(source: string, overrides: Record<string, number> = {}): string {
  try {
    checkProgram(source, { overrides });
  } catch (error) {
    if (error instanceof WgslError) return `\n${error.message}\n`;
    throw error;
  }
  return 'valid';
}

describe('messages', () => {
  it.each([
    ['missing semicolon', 'fn f() {\n  let x = 1\n  let y = 2;\n}'],
    ['unclosed comment', 'fn f() {} /* no end'],
    ['reserved word', 'fn f() { let await = 1; }'],
    ['mixed operators', 'fn f(a: u32) -> u32 { return a + 1u << 2u; }'],
    ['tabs keep the caret in place', 'fn f() {\n\t\tlet x = 1u + 1i;\n}'],
    ['unknown name with a near one', 'fn f(count: u32) -> u32 { return cuont; }'],
    ['unknown function', 'fn f() -> f32 { return maximum(1.0, 2.0); }'],
    ['conversion needed', 'fn f(n: u32) -> f32 { return n; }'],
    ['operands of two types', 'fn f(n: u32, x: f32) -> f32 { return x * n; }'],
    ['shapes that do not fit', 'fn f(a: vec3f, b: vec4f) -> vec4f { return a + b; }'],
    ['no overload', 'fn f(n: i32) -> f32 { return sqrt(n); }'],
    ['too few components', 'fn f(a: vec2f) -> vec4f { return vec4f(a, 1.0); }'],
    ['index out of bounds', 'fn f(a: vec3f) -> f32 { return a[3]; }'],
    ['unknown member', 'struct P { rate: f32, step: u32 }\nfn f(p: P) -> f32 { return p.speed; }'],
    ['bad swizzle', 'fn f(v: vec2f) -> f32 { return v.z; }'],
    ['constant overflow', 'const big = 1e30f * 1e30f;'],
    ['division by zero', 'fn f(n: u32) -> u32 { return n / 0u; }'],
    ['assignment to a let', 'fn f() { let x = 1; x = 2; }'],
    [
      'write to read-only storage',
      '@group(0) @binding(0) var<storage> a: array<f32>;\nfn f() { a[0] = 1.0; }',
    ],
    ['atomic by name', 'var<workgroup> n: atomic<u32>;\nfn f() -> u32 { return n; }'],
    ['missing return', 'fn f(x: f32) -> f32 {\n  if x > 0 { return x; }\n}'],
    ['endless loop', 'fn f() {\n  loop { }\n}'],
    ['recursion', 'fn f(n: u32) -> u32 { return g(n); }\nfn g(n: u32) -> u32 { return f(n); }'],
    ['bool in a buffer', '@group(0) @binding(0) var<uniform> on: bool;'],
    ['const_assert', 'const N = 3;\nconst_assert N % 2 == 0;'],
    [
      'aliased pointers',
      'fn add(a: ptr<function, f32>, b: ptr<function, f32>) { *a += *b; }\nfn f() { var x = 1.0; add(&x, &x); }',
    ],
    [
      'barrier in non-uniform control flow',
      '@compute @workgroup_size(64)\nfn main(@builtin(local_invocation_index) i: u32) {\n  if i < 32u {\n' +
        '    workgroupBarrier();\n  }\n}',
    ],
    [
      'barrier in a called function',
      'fn sync(on: bool) { if on { workgroupBarrier(); } }\n@compute @workgroup_size(64)\n' +
        'fn main(@builtin(local_invocation_index) i: u32) {\n  sync(i == 0u);\n}',
    ],
    [
      'one message for each declaration',
      'fn f() { let x: u32 = 1.5; }\nfn g() { f(1); }\nconst c: i32 = true;',
    ],
    ['override without value', 'override n: u32;\n@compute @workgroup_size(n) fn main() {}'],
  ])('%s', (_, source) => {
    expect(messageOf(source)).toMatchSnapshot();
  });

  it('counts lines at every line break of WGSL and columns in UTF-16 units', () => {
    const source = 'const a = 1;\r\nconst b = 2;\u2028const c = /* 😀 */ nope;';
    try {
      checkProgram(source);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ line: 3, column: 20 });
    }
  });

  it('warns of diagnostic rules that nobody knows, and of no others', () => {
    const source = `diagnostic(off, derivative_uniformity);
diagnostic(info, uniformity);
@diagnostic(off, vendor.uniformity) @diagnostic(warning, barriers)
fn f() {}`;
    const { warnings } = checkProgram(source);
    expect(warnings.map((warning) => formatDiagnostic(source, warning))).toEqual([
      `2:18: warning: unknown diagnostic rule 'uniformity'; there are derivative_uniformity and subgroup_uniformity
diagnostic(info, uniformity);
                 ^^^^^^^^^^`,
      `3:58: warning: unknown diagnostic rule 'barriers'; there are derivative_uniformity and subgroup_uniformity
@diagnostic(off, vendor.uniformity) @diagnostic(warning, barriers)
                                                         ^^^^^^^^`,
    ]);
  });

  it('names the override that a given value does not fit', () => {
    const source = 'override n: u32 = 4;\n@compute @workgroup_size(n) fn main() {}';
    expect(messageOf(source, { n: -1 })).toMatch(
      /1:10: error: the value -1 given for the override 'n' does not fit u32/,
    );
    expect(messageOf(source, { n: 0 })).toMatch(/2:26: error: '@workgroup_size' must be at least 1, not 0/);
    expect(messageOf(source, { m: 1 })).toMatch(/no override 'm' to give a value to; it has n/);
  });
});
