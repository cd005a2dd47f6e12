/**
 * Random WGSL programs, well typed by construction (a constant expression may still overflow or divide by zero), with
 * mutations of them.
 */
import fc from 'fast-check';
import { mutateProgram } from './mutate.ts';
import type { Pick } from './pick.ts';

const SCALARS = ['f32', 'i32', 'u32', 'bool'] as const;
type Scalar = (typeof SCALARS)[number];
interface T {
  readonly scalar: Scalar;
  readonly size: 1 | 2 | 3 | 4;
}

const nameOf = ({ scalar, size }: T): string => (size === 1 ? scalar : `vec${size}<${scalar}>`);
const same = (a: T, b: T): boolean => a.scalar === b.scalar && a.size === b.size;

interface Name {
  readonly text: string;
  readonly type: T;
  readonly writable: boolean;
}

interface Callable {
  readonly name: string;
  readonly parameters: T[];
  readonly result: T;
}

const FLOAT_UNARY = [
  'sqrt',
  'exp',
  'abs',
  'floor',
  'round',
  'sin',
  'fract',
  'saturate',
  'sign',
  'trunc',
  'tanh',
];
const INTEGER_UNARY = ['countOneBits', 'reverseBits', 'firstLeadingBit', 'countTrailingZeros', 'abs'];

class Builder {
  readonly #pick: Pick;
  readonly #names: Name[] = [];
  readonly #functions: Callable[] = [];
  #counter = 0;
  #loops = 0;
  #result: T | null = null;

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  #one<U>(items: readonly U[]): U {
    return items[this.#pick(items.length)];
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#counter++}`;
  }

  #type(): T {
    return { scalar: this.#one(SCALARS), size: this.#one([1, 1, 1, 2, 3, 4] as const) };
  }

  program(): string {
    const parts = [
      'struct S { a: f32, b: vec3<f32>, c: array<i32, 3>, d: u32 }',
      '@group(0) @binding(0) var<storage, read> src: array<vec4<f32>>;',
      '@group(0) @binding(1) var<storage, read_write> dst: array<u32>;',
      '@group(0) @binding(2) var<uniform> params: S;',
      'var<workgroup> tile: array<f32, 64>;',
      'var<private> seed: u32 = 1;',
    ];
    const globals: Name[] = [
      { text: 'params.a', type: { scalar: 'f32', size: 1 }, writable: false },
      { text: 'params.b', type: { scalar: 'f32', size: 3 }, writable: false },
      { text: 'params.c[1]', type: { scalar: 'i32', size: 1 }, writable: false },
      { text: 'params.d', type: { scalar: 'u32', size: 1 }, writable: false },
      { text: 'seed', type: { scalar: 'u32', size: 1 }, writable: true },
      { text: 'dst[3]', type: { scalar: 'u32', size: 1 }, writable: true },
      { text: 'src[params.d]', type: { scalar: 'f32', size: 4 }, writable: false },
      { text: 'tile[seed % 64]', type: { scalar: 'f32', size: 1 }, writable: true },
    ];
    for (let i = this.#pick(3); i > 0; i--) parts.push(this.#constant());
    this.#names.push(...globals);
    for (let i = this.#pick(3); i > 0; i--) parts.push(this.#function());
    this.#result = null;
    this.#names.push({ text: 'gid', type: { scalar: 'u32', size: 3 }, writable: false });
    const header = '@compute @workgroup_size(64)\nfn main(@builtin(global_invocation_id) gid: vec3<u32>)';
    parts.push(`${header} ${this.#block(3)}`);
    return parts.join('\n');
  }

  #constant(): string {
    const type = this.#type();
    const name = this.#fresh('K');
    const text = `const ${name}${this.#pick(2) ? `: ${nameOf(type)}` : ''} = ${this.#concrete(type, 2)};`;
    this.#names.push({ text: name, type, writable: false });
    return text;
  }

  #function(): string {
    const parameters = Array.from({ length: this.#pick(3) }, () => this.#type());
    const result = this.#type();
    const name = this.#fresh('f');
    const before = this.#names.length;
    const list = parameters.map((type) => {
      const text = this.#fresh('p');
      this.#names.push({ text, type, writable: false });
      return `${text}: ${nameOf(type)}`;
    });
    this.#result = result;
    const body = this.#statements(2);
    const text =
      `fn ${name}(${list.join(', ')}) -> ${nameOf(result)} {\n${body} ` +
      ` return ${this.#expression(result, 2)};\n}`;
    this.#names.length = before;
    this.#functions.push({ name, parameters, result });
    return text;
  }

  #block(depth: number): string {
    const before = this.#names.length;
    const body = this.#statements(depth);
    this.#names.length = before;
    return `{\n${body}}`;
  }

  #statements(depth: number): string {
    let text = '';
    for (let i = 1 + this.#pick(4); i > 0; i--) text += `  ${this.#statement(depth)}\n`;
    return text;
  }

  #statement(depth: number): string {
    const writable = this.#names.filter((name) => name.writable);
    switch (this.#pick(depth > 0 ? 12 : 6)) {
      case 0:
      case 1: {
        const type = this.#type();
        const name = this.#fresh('v');
        const annotated = this.#pick(2) === 0;
        const value = annotated ? this.#expression(type, 2) : this.#concrete(type, 2);
        const keyword = this.#one(['var', 'let']);
        this.#names.push({ text: name, type, writable: keyword === 'var' });
        return `${keyword} ${name}${annotated ? `: ${nameOf(type)}` : ''} = ${value};`;
      }
      case 2:
      case 3: {
        const target = this.#one(writable);
        if (target.type.size > 1 && this.#pick(2)) {
          const component: T = { scalar: target.type.scalar, size: 1 };
          return `${target.text}.${this.#one(['x', 'y', 'r', 'g'])} = ${this.#expression(component, 2)};`;
        }
        return `${target.text} = ${this.#expression(target.type, 3)};`;
      }
      case 4: {
        const target = this.#one(writable.filter((name) => name.type.scalar !== 'bool'));
        const { scalar, size } = target.type;
        if (scalar !== 'f32' && size === 1 && this.#pick(3) === 0)
          return `${target.text}${this.#one(['++', '--'])};`;
        return `${target.text} ${this.#one(['+=', '-=', '*='])} ${this.#expression(target.type, 2)};`;
      }
      case 5:
        return `_ = ${this.#expression(this.#type(), 3)};`;
      case 6:
      case 7: {
        const otherwise = this.#pick(2) ? ` else ${this.#block(depth - 1)}` : '';
        return `if ${this.#condition()} ${this.#block(depth - 1)}${otherwise}`;
      }
      case 8: {
        const name = this.#fresh('i');
        const type: T = { scalar: this.#one(['i32', 'u32'] as const), size: 1 };
        this.#names.push({ text: name, type, writable: false });
        this.#loops++;
        const body = this.#block(depth - 1);
        this.#loops--;
        this.#names.splice(
          this.#names.findIndex((n) => n.text === name),
          1,
        );
        const zero = type.scalar === 'u32' ? '0u' : '0';
        return `for (var ${name} = ${zero}; ${name} < ${1 + this.#pick(9)}; ${name}++) ${body}`;
      }
      case 9: {
        this.#loops++;
        const body = this.#block(depth - 1).slice(0, -1);
        this.#loops--;
        return `loop ${body}  continuing { break if ${this.#condition()}; }\n}`;
      }
      case 10: {
        const clauses = Array.from(
          { length: this.#pick(3) },
          (_, i) => `case ${2 * i}, ${2 * i + 1} ${this.#block(0)}`,
        );
        const selector = this.#expression({ scalar: this.#one(['i32', 'u32'] as const), size: 1 }, 2);
        return `switch ${selector} { ${clauses.join(' ')} default ${this.#block(0)} }`;
      }
      default: {
        if (this.#pick(6) === 0) return 'workgroupBarrier();';
        if (this.#loops > 0) return `if ${this.#condition()} { ${this.#one(['break', 'continue'])}; }`;
        const value = this.#result ? ` ${this.#expression(this.#result, 1)}` : '';
        return `if ${this.#condition()} { return${value}; }`;
      }
    }
  }

  #condition(): string {
    return this.#concrete({ scalar: 'bool', size: 1 }, 2);
  }

  #literal({ scalar }: T, concrete: boolean): string {
    const n = this.#one([0, 1, 2, 3, 7, 31, 100, 65535]);
    if (scalar === 'bool') return this.#one(['true', 'false']);
    if (scalar === 'f32')
      return this.#one(concrete ? [`${n}f`, `${n}.5f`] : [`${n}.0`, `${n}f`, `${n}`, '.25']);
    if (scalar === 'u32') return concrete || this.#pick(2) ? `${n}u` : `${n}`;
    return concrete || this.#pick(2) ? `${n}i` : `${n}`;
  }

  /** An expression whose type is the given one without help from where it stands. */
  #concrete(type: T, depth: number): string {
    const known = this.#names.filter((name) => same(name.type, type));
    if (known.length > 0 && this.#pick(2)) return this.#one(known).text;
    if (type.size === 1 && depth <= 0) return this.#literal(type, true);
    return `${nameOf(type)}(${this.#expression(type, depth - 1)})`;
  }

  #expression(type: T, depth: number): string {
    const { scalar, size } = type;
    const element: T = { scalar, size: 1 };
    const known = this.#names.filter((name) => same(name.type, type));
    if (known.length > 0 && this.#pick(3) === 0) return this.#one(known).text;
    if (depth <= 0) {
      return size === 1 ? this.#literal(type, false) : `${nameOf(type)}(${this.#literal(element, false)})`;
    }
    const next = depth - 1;
    const callable = this.#functions.filter((f) => same(f.result, type));
    if (callable.length > 0 && this.#pick(4) === 0) {
      const f = this.#one(callable);
      return `${f.name}(${f.parameters.map((p) => this.#expression(p, next)).join(', ')})`;
    }
    const sub = () => this.#concrete(type, next);
    switch (this.#pick(8)) {
      case 0:
        return size === 1 ? this.#literal(type, false) : this.#components(type, next);
      case 1: {
        const wide: T = { scalar, size: this.#one([2, 3, 4] as const) };
        const letters = 'xyzw'.slice(0, wide.size);
        const swizzle = Array.from({ length: size }, () => this.#one([...letters])).join('');
        return `${this.#concrete(wide, next)}.${swizzle}`;
      }
      case 2:
        return `select(${sub()}, ${sub()}, ${this.#condition()})`;
      case 3: {
        const from: T = { scalar: this.#one(SCALARS), size };
        return `${nameOf(type)}(${this.#concrete(from, next)})`;
      }
      default:
        return this.#operation(type, next);
    }
  }

  #components(type: T, depth: number): string {
    const element: T = { scalar: type.scalar, size: 1 };
    const parts: string[] = [];
    for (let left: number = type.size; left > 0; ) {
      const size = left >= 2 && this.#pick(3) === 0 ? 2 : 1;
      parts.push(
        size === 2 ? this.#concrete({ ...element, size: 2 }, depth) : this.#expression(element, depth),
      );
      left -= size;
    }
    return `${nameOf(type)}(${parts.join(', ')})`;
  }

  #operation(type: T, depth: number): string {
    const { scalar, size } = type;
    const sub = () => this.#concrete(type, depth);
    const loose = () => this.#expression(type, depth);
    const scalarOrVector = () =>
      size > 1 && this.#pick(2) ? this.#concrete({ scalar, size: 1 }, depth) : sub();
    if (scalar === 'bool') {
      const operand: T = { scalar: this.#one(['f32', 'i32', 'u32'] as const), size };
      if (size === 1 && this.#pick(3) === 0) return `(${sub()} ${this.#one(['&&', '||'])} ${sub()})`;
      if (this.#pick(4) === 0) return `(${sub()} ${this.#one(['&', '|', '==', '!='])} ${sub()})`;
      if (this.#pick(5) === 0) return `!${sub()}`;
      const comparison = this.#one(['<', '<=', '>', '>=', '==', '!=']);
      return `(${this.#concrete(operand, depth)} ${comparison} ${this.#expression(operand, depth)})`;
    }
    switch (this.#pick(7)) {
      case 0:
        return `(${sub()} ${this.#one(['+', '-', '*'])} ${scalarOrVector()})`;
      case 1:
        return `(${scalarOrVector()} ${this.#one(['+', '-', '*'])} ${sub()})`;
      case 2:
        return `(${sub()} ${this.#one(['/', '%'])} ${loose()})`;
      case 3:
        return `${this.#one(['min', 'max'])}(${sub()}, ${loose()})`;
      case 4:
        return `clamp(${sub()}, ${sub()}, ${loose()})`;
      case 5:
        if (scalar === 'u32') return `(${sub()} ${this.#one(['&', '|', '^'])} ${sub()})`;
        return scalar === 'f32' ? `fma(${sub()}, ${loose()}, ${sub()})` : `-${sub()}`;
      default:
        if (scalar === 'f32') return `${this.#one(FLOAT_UNARY)}(${sub()})`;
        if (this.#pick(2)) return `${this.#one(INTEGER_UNARY)}(${sub()})`;
        return `(${sub()} ${this.#one(['<<', '>>'])} ${this.#concrete({ scalar: 'u32', size }, depth)})`;
    }
  }
}

/** A program in which every expression has the type its place asks for. */
export const generateProgram = (pick: Pick): string => new Builder(pick).program();

/** Programs for fast-check; a failure shrinks to fewer and smaller choices. */
export const programs: fc.Arbitrary<{ source: string; mutated: string }> = fc
  .array(fc.nat(0xffff), { minLength: 400, maxLength: 400 })
  .map((entropy) => {
    let next = 0;
    const pick: Pick = (n) => entropy[next++ % entropy.length] % n;
    const source = generateProgram(pick);
    return { source, mutated: mutateProgram(source, pick) };
  });
