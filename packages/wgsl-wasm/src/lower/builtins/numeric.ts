/**
 * Numeric builtins that need no approximation: absolute values, rounding, comparison (`rare-numeric.ts` has others).
 */
import type { ScalarType, VectorType } from '../../check/types.ts';
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';
import { binary, unary } from '../operators.ts';
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

  /**
   * Square roots, always of lanes: beside operations of 256 bits one `f32.sqrt` was measured to take as long as some
   * 300 cycles.
   */
  sqrt(x: Node): Node {
    return onLanes(this.b, this.type, [x], ([lanes]) => this.b.value('f32x4.sqrt', [lanes]));
  }

  /** `condition ? x : y` */
  pick(condition: Node, x: Node, y: Node): Node {
    return this.type.kind === 'vector'
      ? choose(this.b, condition, x, y)
      : this.b.value('select', [x, y, condition]);
  }

  /** `y < x ? y : x` */
  min(x: Node, y: Node): Node {
    return this.#extreme(x, y, 'min');
  }

  /** `x < y ? y : x` */
  max(x: Node, y: Node): Node {
    return this.#extreme(x, y, 'max');
  }

  #extreme(x: Node, y: Node, name: 'min' | 'max'): Node {
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
    return new Arithmetic(this.b, elementOf(this.type)).sqrt(this.dot(x, x));
  }
}

/** The builtins of this file, or null for another name. `type` is the type of the first argument. */
export function numericBuiltin(
  b: Builder,
  name: string,
  type: Plain,
  args: readonly Node[],
  _types: readonly Plain[],
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
      return a.one(name, x);
    case 'sqrt':
      return a.sqrt(x);
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
    case 'dot':
      return a.dot(x, y);
    case 'inverseSqrt':
      return a.div(a.c(1), a.sqrt(x));
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
