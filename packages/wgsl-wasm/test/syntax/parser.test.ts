import { describe, expect, it } from 'vitest';
import { useRareParts } from '../../src/rare.ts';
import * as parts from '../../src/rare-parts.ts';
import type { Expression, FunctionDeclaration, Statement } from '../../src/syntax/ast.ts';
import { parseModule } from '../../src/syntax/parser.ts';

useRareParts(parts);

function statementsOf(body: string): Statement[] {
  const [declaration] = parseModule(`fn f() { ${body} }`).declarations;
  return (declaration as FunctionDeclaration).body.body;
}

/** The expression with every operation in parentheses. */
function show(e: Expression): string {
  switch (e.kind) {
    case 'number':
      return e.text + e.suffix;
    case 'bool':
      return String(e.value);
    case 'identifier':
      return e.name + (e.templateArgs ? `<${e.templateArgs.map(show).join(', ')}>` : '');
    case 'unary':
      return `(${e.operator}${show(e.operand)})`;
    case 'binary':
      return `(${show(e.left)} ${e.operator} ${show(e.right)})`;
    case 'call':
      return `${show(e.callee)}(${e.args.map(show).join(', ')})`;
    case 'index':
      return `${show(e.base)}[${show(e.index)}]`;
    case 'member':
      return `${show(e.base)}.${e.member.name}`;
  }
}

function parsed(expression: string): string {
  const [statement] = statementsOf(`_ = ${expression};`);
  return show((statement as Extract<Statement, { kind: 'assignment' }>).value);
}

describe('expressions', () => {
  it.each([
    ['a + b * c - d', '((a + (b * c)) - d)'],
    ['a * b / c % d', '(((a * b) / c) % d)'],
    ['-a * !b', '((-a) * (!b))'],
    ['-a.x[1]', '(-a.x[1])'],
    ['*p + &q', '((*p) + (&q))'],
    ['a + b < c - d', '((a + b) < (c - d))'],
    ['a < b && c == d && e', '(((a < b) && (c == d)) && e)'],
    ['a || b || c', '((a || b) || c)'],
    ['a & b & c', '((a & b) & c)'],
    ['a << b', '(a << b)'],
    ['(a << b) + c', '((a << b) + c)'],
    ['a == (b & c)', '(a == (b & c))'],
    ['(a & b) == c', '((a & b) == c)'],
    ['vec2<f32>(a, b).yx', 'vec2<f32>(a, b).yx'],
    ['f(a, b,)', 'f(a, b)'],
    ['a--b', '(a - (-b))'],
    ['--a', '(-(-a))'],
    ['a - - b', '(a - (-b))'],
  ])('%s', (source, expected) => {
    expect(parsed(source)).toBe(expected);
  });

  it.each([
    ['a + b << c', '<<'],
    ['a << b + c', '+'],
    ['a << b << c', '<<'],
    ['a & b | c', '|'],
    ['a & b == c', '=='],
    ['a == b & c', '&'],
    ['a < b < c', '<'],
    ['a < b == c', '=='],
    ['a && b || c', '||'],
    ['a || b && c', '&&'],
    ['a + b & c', '&'],
  ])('%s needs parentheses', (source, operator) => {
    const column = 14 + source.lastIndexOf(operator);
    expect(() => parsed(source)).toThrow(new RegExp(`^1:${column}: error: .*(without|needs) parentheses`));
  });
});

describe('statements', () => {
  it('keeps the parts of a loop apart', () => {
    const [loop] = statementsOf('loop { a(); continuing { b(); break if c; } }');
    expect(loop).toMatchObject({
      kind: 'loop',
      body: { body: [{}] },
      continuing: { body: [{}] },
      breakIf: { name: 'c' },
    });
  });

  it('chains else if', () => {
    const [statement] = statementsOf('if a {} else if b {} else {}');
    expect(statement).toMatchObject({
      kind: 'if',
      otherwise: { kind: 'if', otherwise: { kind: 'compound' } },
    });
  });

  it('reads the forms of switch clauses', () => {
    const [statement] = statementsOf('switch x { case 1, 2,: {} case default, 3 {} default: {} }');
    const { clauses } = statement as Extract<Statement, { kind: 'switch' }>;
    expect(clauses.map((c) => c.selectors.map((s) => (s ? show(s) : null)))).toEqual([
      ['1', '2'],
      [null, '3'],
      [null],
    ]);
  });

  it('reads every part of a for header as optional', () => {
    const kinds = (text: string) => {
      const [loop] = statementsOf(text) as Extract<Statement, { kind: 'for' }>[];
      return [loop.init?.kind, loop.condition?.kind, loop.update?.kind];
    };
    expect(kinds('for (;;) {}')).toEqual([undefined, undefined, undefined]);
    expect(kinds('for (var i = 0; i < 4; i++) {}')).toEqual(['local', 'binary', 'increment']);
    expect(kinds('for (i = 0; true; f()) {}')).toEqual(['assignment', 'bool', 'callStatement']);
  });

  it.each([
    ['let x = 1', "expected ';' after the statement, found '}'"],
    ['let x;', "expected '=' after the name: a let needs a value, found ';'"],
    ['1 + 1;', "expected a statement, found '1'"],
    ['x + 1;', "expected an assignment, '++' or '--', found '+'"],
    ['_ += 1;', "expected '=' after '_', found '+='"],
    ['if a b();', "expected '{' after the condition, found 'b'"],
    ['switch x { 1 {} }', "expected 'case' or 'default', found '1'"],
    ['continuing {}', "'continuing' may stand only at the end of a loop's body"],
    ['break if x;', "'break if' may stand only at the end of a continuing block"],
    ['loop { continuing { } x(); }', "expected '}': a continuing block ends the loop's body, found 'x'"],
    [
      '@diagnostic(off, x) let a = 1;',
      "expected '{', 'if', 'switch', 'loop', 'for' or 'while' after the attributes",
    ],
    ['f(1', "expected ')' after the arguments, found '}'"],
    ['a[1 = 2;', "expected ']' after the index, found '='"],
  ])('refuses %s', (body, message) => {
    expect(() => statementsOf(body)).toThrow(message);
  });
});

describe('modules', () => {
  it('reads directives, then declarations with attributes', () => {
    const module = parseModule(`
      diagnostic(off, a.b); requires x, y,;
      @group(0) @binding(1 + 1) var<storage, read> data: array<f32>;
      struct S { @align(16) a: f32, b: u32 }
      alias V = vec4<f32>;
      override n: u32 = 3;
      const c = 1;
      const_assert true;
      @compute @workgroup_size(n, 2) fn main(@builtin(workgroup_id) id: vec3u,) -> @location(0) V { return V(); };`);
    expect(module.directives.map((d) => d.names.map((n) => n.name))).toEqual([
      ['off', 'a.b'],
      ['x', 'y'],
    ]);
    expect(module.declarations.map((d) => d.kind)).toEqual([
      'global',
      'struct',
      'alias',
      'global',
      'global',
      'constAssert',
      'function',
    ]); // prettier-ignore
  });

  it.each([
    ['fn f( {}', "expected the name of a parameter, found '{'"],
    ['fn f() -> {}', "expected the return type, found '{'"],
    ['fn () {}', "expected the name of the function, found '('"],
    ['struct S { a: f32; }', "expected '}' or ',' after the member, found ';'"],
    ['var<private> x: f32', "expected ';' after the declaration, found the end of the program"],
    ['x = 1;', "expected a declaration ('fn', 'var', 'const', 'override', 'struct' or 'alias'), found 'x'"],
    ['fn f() {} enable f16;', "'enable' directives must come before all declarations"],
    ['@id(1) const c = 1;', "'const' takes no attributes"],
    ['fn f() {', "expected '}', found the end of the program"],
    ['alias T = vec2<>;', 'expected a template argument'],
  ])('refuses %s', (source, message) => {
    expect(() => parseModule(source)).toThrow(message);
  });

  it('gives nodes the range of their text', () => {
    const source = 'const c = max(a, (b + 1)) ;';
    const [declaration] = parseModule(source).declarations;
    const { initializer } = declaration as Extract<typeof declaration, { kind: 'global' }>;
    const text = ({ start, end }: { start: number; end: number }) => source.slice(start, end);
    expect(text(initializer as Expression)).toBe('max(a, (b + 1))');
    expect((initializer as Extract<Expression, { kind: 'call' }>).args.map(text)).toEqual(['a', 'b + 1']);
  });
});
