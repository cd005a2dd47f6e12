import { describe, expect, it } from 'vitest';
import type { Expression, Statement } from '../../src/check/program.ts';
import { F32, I32, type StructType, typeName, U32, vectorOf } from '../../src/check/types.ts';
import { forEachExpression, forEachStatement, statementExpressions } from '../../src/check/walk.ts';
import { checkModule, checkProgram } from '../../src/complete.ts';

/** The statements of the function `main`, or of the only function. */
function bodyOf(source: string, overrides: Record<string, number> = {}): readonly Statement[] {
  const { functions } = checkProgram(source, { overrides });
  return (functions.find((f) => f.name === 'main') ?? functions[0]).body.body;
}

/** The expression that the function `f` returns. */
function returned(source: string): Expression {
  const statement = bodyOf(source).at(-1) as Extract<Statement, { kind: 'return' }>;
  return statement.value as Expression;
}

describe('the checked program', () => {
  it('lays out structures as WGSL does', () => {
    const { structs } = checkProgram(
      'struct A { u: f32, v: f32, w: vec2f, x: f32 }\nstruct B { a: vec2f, b: vec3f, c: f32, d: f32, e: A, f: ' +
        'vec3f, g: array<A, 3>, h: i32 }',
    );
    const [a, b] = structs as [StructType, StructType];
    // The example of the specification, section "Structure Member Layout".
    expect([a.align, a.size]).toEqual([8, 24]);
    expect([b.align, b.size]).toEqual([16, 160]);
    expect(b.members.map((m) => m.offset)).toEqual([0, 16, 28, 32, 40, 64, 80, 152]);
  });

  it('applies @align and @size', () => {
    const [s] = checkProgram('struct S { @size(20) a: f32, @align(32) b: u32, c: vec3u }').structs;
    expect(s.members.map((m) => m.offset)).toEqual([0, 32, 48]);
    expect([s.align, s.size]).toEqual([32, 64]);
  });

  it('lists the bindings an entry point uses, through its callees, in order', () => {
    const { entryPoints } = checkProgram(`
      @group(1) @binding(0) var<storage, read_write> out: array<f32>;
      @group(0) @binding(2) var<uniform> scale: f32;
      @group(0) @binding(1) var<storage> unused: array<f32>;
      var<workgroup> tile: array<f32, 4>;
      fn scaled(x: f32) -> f32 { return x * scale; }
      @compute @workgroup_size(8, 4) fn main() { tile[0] = 1; workgroupBarrier(); out[0] = scaled(tile[1]); }
      @compute @workgroup_size(1) fn other() {}`);
    const [main, other] = entryPoints;
    expect(
      main.bindings.map((b) => [b.group, b.binding, b.name, b.addressSpace, b.access, typeName(b.storeType)]),
    ).toEqual([
      [0, 2, 'scale', 'uniform', 'read', 'f32'],
      [1, 0, 'out', 'storage', 'read_write', 'array<f32>'],
    ]);
    expect(main.workgroupSize).toEqual([8, 4, 1]);
    expect(main.workgroupVariables.map((v) => v.name)).toEqual(['tile']);
    expect(main.functions.map((f) => f.name)).toEqual(['scaled', 'main']);
    expect(main.hasBarrier).toBe(true);
    expect(other).toMatchObject({ bindings: [], hasBarrier: false, workgroupSize: [1, 1, 1] });
  });

  it('finds builtin inputs in parameters and in structures', () => {
    const [entry] = checkProgram(`
      struct In { @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32 }
      @compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3u, in: In) {}`).entryPoints;
    expect(entry.inputs.map((i) => [i.builtin, i.parameter.index, i.member])).toEqual([
      ['num_workgroups', 0, null],
      ['workgroup_id', 1, 0],
      ['local_invocation_index', 1, 1],
    ]);
  });

  it('folds const-expressions and converts abstract numbers where they end up', () => {
    expect(returned('fn f() -> f32 { return 7 / 2 * 3 + 0.5; }')).toMatchObject({
      kind: 'constant',
      type: F32,
      value: 9.5,
    });
    expect(returned('fn f() -> u32 { return 1 << 31u; }')).toMatchObject({
      kind: 'constant',
      type: U32,
      value: 2 ** 31,
    });
    expect(returned('const v = vec3(1, 2, 3);\nfn f() -> vec2f { return vec2f(v.zx); }')).toMatchObject({
      kind: 'constant',
      type: vectorOf(2, F32),
      value: [3, 1],
    });
    const sum = returned('fn f(x: f32) -> f32 { return x + 1; }');
    expect(sum).toMatchObject({
      kind: 'binary',
      type: F32,
      right: { kind: 'constant', type: F32, value: 1 },
    });
  });

  it('never leaves an abstract type in a checked program', () => {
    const { functions } = checkProgram(`
      fn f(i: i32, x: f32) -> f32 {
        var v = vec3(1, 2, 3)[i];
        let m = modf(1.5);
        let a = array(1, 2.5)[i];
        let s = select(1, 2, x > 0);
        v += 1 << 2;
        switch 3 { case 1, 2: { v = 4; } default {} }
        return f32(v) + m.fract + a + f32(s) + ldexp(1, i);
      }`);
    forEachStatement(functions[0].body, (statement) => {
      for (const root of statementExpressions(statement)) {
        forEachExpression(root, (expression) => expect(typeName(expression.type)).not.toContain('abstract'));
      }
    });
  });

  it('gives overrides their values, by name or by id, and folds what depends on them', () => {
    const source = `
      override width: u32 = 8;
      @id(7) override height: u32;
      override area = width * height;
      var<workgroup> tile: array<f32, area>;
      @compute @workgroup_size(width, height) fn main() { tile[area - 1] = f32(area); }`;
    const { overrides, entryPoints, variables } = checkProgram(source, { overrides: { 7: 4 } });
    expect(overrides.map((o) => [o.name, o.id, o.hasDefault, o.value])).toEqual([
      ['width', null, true, 8],
      ['height', 7, false, 4],
      ['area', null, true, 32],
    ]);
    expect(entryPoints[0].workgroupSize).toEqual([8, 4, 1]);
    expect(variables[0].storeType).toMatchObject({ kind: 'array', count: 32 });
    expect(bodyOf(source, { 7: 4 })[0]).toMatchObject({
      kind: 'assign',
      target: { kind: 'index', index: { kind: 'constant', type: U32, value: 31 } },
      value: { kind: 'constant', type: F32, value: 32 },
    });
    expect(() => checkProgram(source)).toThrow("'height' has no default and no value was given");
    expect(() => checkModule(source)).not.toThrow();
  });

  it('makes loads, addresses and pointers explicit', () => {
    const [variable, pointer, assign] = bodyOf(
      'fn f(i: u32) { var a = array(1.5, 2.5); let p = &a[i]; *p = a[0]; }',
    );
    expect(variable).toMatchObject({
      kind: 'declareVariable',
      variable: { name: 'a', addressTaken: true, assigned: false },
    });
    expect(pointer).toMatchObject({
      kind: 'declareLet',
      initializer: {
        kind: 'addressOf',
        place: { kind: 'index', base: { kind: 'variable' }, index: { kind: 'value' } },
      },
    });
    expect(assign).toMatchObject({
      kind: 'assign',
      target: { kind: 'deref', addressSpace: 'function', pointer: { kind: 'value' } },
      value: { kind: 'load', place: { kind: 'index', index: { kind: 'constant', type: I32, value: 0 } } },
    });
  });

  it('wraps scalars beside vectors and keeps the operand types equal', () => {
    const product = returned('fn f(v: vec4f, s: f32) -> vec4f { return s * v; }');
    expect(product).toMatchObject({
      kind: 'binary',
      left: { kind: 'splat', type: vectorOf(4, F32) },
      right: { kind: 'value' },
    });
    const [scaled] = bodyOf('fn f() { var v = vec3f(); v *= 2; }').slice(1);
    expect(scaled).toMatchObject({
      kind: 'compoundAssign',
      operator: '*',
      value: { kind: 'constant', value: [2, 2, 2] },
    });
  });

  it('names the overload of builtin calls with concrete types', () => {
    const call = (text: string) => (returned(text) as Extract<Expression, { kind: 'builtin' }>).overload;
    expect(call('fn f(n: i32) -> i32 { return max(n, 1); }')).toBe('max(i32, i32)');
    expect(call('fn f(v: vec4f, on: bool) -> vec4f { return select(v, vec4(1, 2, 3, 4.5), on); }')).toBe(
      'select(vec4<f32>, vec4<f32>, bool)',
    );
    expect(call('fn f(v: vec2f, t: f32) -> vec2f { return mix(v, v, t); }')).toBe(
      'mix(vec2<f32>, vec2<f32>, f32)',
    );
  });

  it('refuses 16-byte rules of uniform buffers only when asked', () => {
    const source = '@group(0) @binding(0) var<uniform> weights: array<f32, 4>;';
    expect(() => checkProgram(source)).not.toThrow();
    expect(() => checkProgram(source, { portableUniformLayout: true })).toThrow('must be a multiple of 16');
    const nested = 'struct I { a: f32 }\nstruct O { a: I, b: f32 }\n@group(0) @binding(0) var<uniform> o: O;';
    expect(() => checkProgram(nested, { portableUniformLayout: true })).toThrow(
      "'b' of 'O' must start at least 16 bytes after 'a'",
    );
  });

  it('holds an array that an override makes too large against the entry points that use it', () => {
    const source = `
      override n = 100000000;
      var<workgroup> a: array<u32, n>;
      @compute @workgroup_size(1) fn one() { a[1] = 2; }
      @compute @workgroup_size(1) fn other() {}`;
    expect(() => checkModule(source)).not.toThrow();
    expect(() => checkProgram(source, { entryPoint: 'other' })).not.toThrow();
    expect(() => checkProgram(source, { entryPoint: 'one', overrides: { n: 100 } })).not.toThrow();
    expect(() => checkProgram(source, { entryPoint: 'one' })).toThrow(
      expect.objectContaining({ kind: 'override', message: expect.stringContaining('too many elements') }),
    );
  });

  it('counts what an override value breaks only where an entry point reaches it', () => {
    const source = (call: string) => `
      override n: u32 = 1;
      fn part(x: u32) -> u32 { return x / n + array(1u, 2u, 3u)[n]; }
      @compute @workgroup_size(1) fn main() { ${call} }`;
    const reached = source('_ = part(6);');
    expect(() => checkProgram(reached, { overrides: { n: 2 } })).not.toThrow();
    expect(() => checkProgram(reached, { overrides: { n: 0 } })).toThrow(
      '3:39: error: integer division by zero',
    );
    expect(() => checkProgram(reached, { overrides: { n: 3 } })).toThrow('the index 3 is out of bounds');
    expect(() => checkProgram(source(''), { overrides: { n: 0 } })).not.toThrow();
    expect(() => checkModule(reached)).not.toThrow();
  });

  it('orders functions callees first, whatever the text does', () => {
    const { functions } = checkProgram('fn a() { b(); c(); }\nfn b() { c(); }\nfn c() { d(); }\nfn d() {}');
    expect(functions.map((f) => f.name)).toEqual(['d', 'c', 'b', 'a']);
  });
});
