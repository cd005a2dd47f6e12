/** Numeric builtins that need no approximation: rounding, comparison, interpolation, geometry. */
import type { ScalarType, VectorType } from '../../check/types.ts';
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';
import { binary, select, unary } from '../operators.ts';
import type { Value } from '../values.ts';
import { choose, elementOf, isFloatType, lane, shuffle, sizeOfVector, splat } from '../vectors.ts';

export type Plain = ScalarType | VectorType;

/** Arithmetic on one type, scalar or vector. */
export class Arithmetic {
  readonly b: Builder;
  readonly type: Plain;

  constructor(b: Builder, type: Plain) {
    this.b = b;
    this.type = type;
  }

  /** A constant in every component. */
  c(value: number): Node {
    const scalar = isFloatType(this.type) ? this.b.f32(value) : this.b.i32(value);
    return this.type.kind === 'vector' ? splat(this.b, this.type.element, scalar) : scalar;
  }

  op(operator: string, x: Node, y: Node): Node {
    return binary(this.b, operator, this.type, x, y);
  }

  add = (x: Node, y: Node): Node => this.op('+', x, y);
  sub = (x: Node, y: Node): Node => this.op('-', x, y);
  mul = (x: Node, y: Node): Node => this.op('*', x, y);
  div = (x: Node, y: Node): Node => this.op('/', x, y);

  /** An instruction of the type's own family. */
  one(name: string, x: Node): Node {
    const prefix = this.type.kind === 'vector' ? 'f32x4' : 'f32';
    return this.b.value(`${prefix}.${name}`, [x]);
  }

  /** `condition ? x : y` */
  pick(condition: Node, x: Node, y: Node): Node {
    return this.type.kind === 'vector'
      ? choose(this.b, condition, x, y)
      : this.b.value('select', [x, y, condition]);
  }

  /** `y < x ? y : x` */
  min(x: Node, y: Node): Node {
    return this.extreme(x, y, 'min');
  }

  /** `x < y ? y : x` */
  max(x: Node, y: Node): Node {
    return this.extreme(x, y, 'max');
  }

  private extreme(x: Node, y: Node, name: 'min' | 'max'): Node {
    if (this.type.kind === 'vector') {
      if (isFloatType(this.type)) return this.b.value(`f32x4.p${name}`, [x, y]);
      return this.b.value(`i32x4.${name}_${this.type.element.name === 'i32' ? 's' : 'u'}`, [x, y]);
    }
    const takesSecond = name === 'min' ? this.op('<', y, x) : this.op('<', x, y);
    return this.pick(takesSecond, y, x);
  }

  clamp(x: Node, low: Node, high: Node): Node {
    return this.min(this.max(x, low), high);
  }

  /** The scalar x in every component. */
  spread(x: Node): Node {
    return this.type.kind === 'vector' ? splat(this.b, this.type.element, x) : x;
  }

  /** The sum of products of the components: a scalar. */
  dot(x: Node, y: Node): Node {
    const product = this.mul(x, y);
    const scalar = new Arithmetic(this.b, elementOf(this.type));
    const at = (i: number) => lane(this.b, this.type, product, i);
    switch (sizeOfVector(this.type)) {
      case 2:
        return scalar.add(at(0), at(1));
      case 3:
        return scalar.add(scalar.add(at(0), at(1)), at(2));
      default: {
        const folded = this.add(product, shuffle(this.b, product, product, [2, 3, 2, 3]));
        return scalar.add(lane(this.b, this.type, folded, 0), lane(this.b, this.type, folded, 1));
      }
    }
  }

  length(x: Node): Node {
    if (this.type.kind === 'scalar') return this.one('abs', x);
    return this.b.value('f32.sqrt', [this.dot(x, x)]);
  }
}

/** The builtins of this file, or null for another name. `type` is the type of the first argument. */
export function numericBuiltin(
  b: Builder,
  name: string,
  type: Plain,
  args: readonly Node[],
  types: readonly Plain[],
): Value | null {
  const a = new Arithmetic(b, type);
  const [x, y, z] = args;
  const float = isFloatType(type);
  switch (name) {
    case 'abs':
      if (float) return a.one('abs', x);
      if (elementOf(type).name === 'u32') return x;
      return type.kind === 'vector'
        ? b.value('i32x4.abs', [x])
        : a.pick(a.op('<', x, a.c(0)), unary(b, '-', type, x), x);
    case 'sign': {
      if (!float) return a.min(a.max(x, a.c(-1)), a.c(1));
      const positive = a.pick(a.op('>', x, a.c(0)), a.c(1), a.c(0));
      return a.pick(a.op('<', x, a.c(0)), a.c(-1), positive);
    }
    case 'ceil':
    case 'floor':
    case 'trunc':
    case 'sqrt':
      return a.one(name, x);
    case 'round':
      return a.one('nearest', x);
    case 'fract':
      return a.sub(x, a.one('floor', x));
    case 'min':
      return a.min(x, y);
    case 'max':
      return a.max(x, y);
    case 'clamp':
      return a.clamp(x, y, z);
    case 'saturate':
      return a.clamp(x, a.c(0), a.c(1));
    case 'step':
      return a.pick(a.op('<=', x, y), a.c(1), a.c(0));
    case 'mix': {
      const weight = types[2].kind === type.kind ? z : a.spread(z);
      return a.add(a.mul(x, a.sub(a.c(1), weight)), a.mul(y, weight));
    }
    case 'smoothstep': {
      const t = a.clamp(a.div(a.sub(z, x), a.sub(y, x)), a.c(0), a.c(1));
      return a.mul(a.mul(t, t), a.sub(a.c(3), a.mul(a.c(2), t)));
    }
    case 'fma':
      if (type.kind === 'vector' && b.options.contract) return b.value('f32x4.relaxed_madd', [x, y, z]);
      return a.add(a.mul(x, y), z);
    case 'inverseSqrt':
      return a.div(a.c(1), a.one('sqrt', x));
    case 'degrees':
      return a.mul(x, a.c(180 / Math.PI));
    case 'radians':
      return a.mul(x, a.c(Math.PI / 180));
    case 'ldexp':
      return ldexp(b, type, x, y);
    case 'modf': {
      const whole = a.one('trunc', x);
      return { kind: 'composite', parts: [a.sub(x, whole), whole] };
    }
    case 'frexp':
      return frexp(b, type, x);
    default:
      return geometricBuiltin(b, name, type, args);
  }
}

function geometricBuiltin(b: Builder, name: string, type: Plain, [x, y, z]: readonly Node[]): Value | null {
  const a = new Arithmetic(b, type);
  switch (name) {
    case 'dot':
      return a.dot(x, y);
    case 'length':
      return a.length(x);
    case 'distance':
      return a.length(a.sub(x, y));
    case 'normalize':
      return a.div(x, a.spread(a.length(x)));
    case 'cross': {
      const permuted = (v: Node, lanes: number[]) => shuffle(b, v, v, lanes);
      const left = a.mul(permuted(x, [1, 2, 0, 3]), permuted(y, [2, 0, 1, 3]));
      return a.sub(left, a.mul(permuted(x, [2, 0, 1, 3]), permuted(y, [1, 2, 0, 3])));
    }
    case 'faceForward':
      return select(b, type, unary(b, '-', type, x), x, b.value('f32.lt', [a.dot(y, z), b.f32(0)]));
    case 'reflect': {
      const twice = b.value('f32.mul', [b.f32(2), a.dot(y, x)]);
      return a.sub(x, a.mul(a.spread(twice), y));
    }
    case 'refract': {
      const s = new Arithmetic(b, elementOf(type));
      const cosine = a.dot(y, x);
      const k = s.sub(s.c(1), s.mul(s.mul(z, z), s.sub(s.c(1), s.mul(cosine, cosine))));
      const factor = s.add(s.mul(z, cosine), s.one('sqrt', k));
      const bent = a.sub(a.mul(a.spread(z), x), a.mul(a.spread(factor), y));
      return select(b, type, bent, a.c(0), s.op('<', k, s.c(0)));
    }
    default:
      return null;
  }
}

/** The same operation on the type's lanes as if it were a vector: scalars are spread and taken back. */
export function onLanes(b: Builder, type: Plain, args: readonly Node[], f: (lanes: Node[]) => Node): Node {
  if (type.kind === 'vector') return f([...args]);
  const result = f(args.map((arg) => b.value(arg.type === 'f32' ? 'f32x4.splat' : 'i32x4.splat', [arg])));
  return b.value('f32x4.extract_lane', [result], 0);
}

/** `x * 2^e`, in three factors so that neither they nor the results between leave the range too early. */
function ldexp(b: Builder, type: Plain, x: Node, e: Node): Node {
  return onLanes(b, type, [x, e], ([value, exponent]) => {
    const i = (n: number) => b.value('i32x4.splat', [b.i32(n)]);
    const bounded = (n: Node) => b.value('i32x4.min_s', [b.value('i32x4.max_s', [n, i(-126)]), i(127)]);
    let rest = exponent;
    let result = value;
    for (let step = 0; step < 3; step++) {
      const part = bounded(rest);
      const power = b.value('i32x4.shl', [b.value('i32x4.add', [part, i(127)]), b.i32(23)]);
      result = b.value('f32x4.mul', [result, power]);
      rest = b.value('i32x4.sub', [rest, part]);
    }
    return result;
  });
}

/** `x = fract * 2^exp` with `|fract|` in [1/2, 1); zero, infinity and NaN with exponent 0. */
function frexp(b: Builder, type: Plain, x: Node): Value {
  const wide = type.kind === 'vector' ? x : b.value('f32x4.splat', [x]);
  const i = (n: number) => b.value('i32x4.splat', [b.i32(n)]);
  const f = (n: number) => b.value('f32x4.splat', [b.f32(n)]);
  const size = b.value('f32x4.abs', [wide]);
  const tiny = b.value('f32x4.lt', [size, f(2 ** -126)]);
  const scaled = choose(b, tiny, b.value('f32x4.mul', [wide, f(2 ** 32)]), wide);
  const biased = b.value('v128.and', [b.value('i32x4.shr_u', [scaled, b.i32(23)]), i(0xff)]);
  const exponent = b.value('i32x4.sub', [
    b.value('i32x4.sub', [biased, i(126)]),
    b.value('v128.and', [tiny, i(32)]),
  ]);
  const mantissa = b.value('v128.or', [b.value('v128.and', [scaled, i(0x807fffff)]), i(0x3f000000)]);
  const finite = b.value('f32x4.lt', [size, f(Number.POSITIVE_INFINITY)]);
  const regular = b.value('v128.and', [finite, b.value('f32x4.gt', [size, f(0)])]);
  const fract = choose(b, regular, mantissa, wide);
  const exp = b.value('v128.and', [regular, exponent]);
  if (type.kind === 'vector') return { kind: 'composite', parts: [fract, exp] };
  return {
    kind: 'composite',
    parts: [b.value('f32x4.extract_lane', [fract], 0), b.value('i32x4.extract_lane', [exp], 0)],
  };
}
