/** Numeric builtins that need no approximation and that few kernels have: interpolation, geometry, parts of floats. */
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';
import { select, unary } from '../operators.ts';
import type { Value } from '../values.ts';
import { choose, elementOf, shuffle } from '../vectors.ts';
import { Arithmetic, onLanes, type Plain } from './numeric.ts';

/** The builtins of this file, or null for another name. `type` is the type of the first argument. */
export function rareNumericBuiltin(
  b: Builder,
  name: string,
  type: Plain,
  args: readonly Node[],
  types: readonly Plain[],
): Value | null {
  const a = new Arithmetic(b, type);
  const [x, y, z] = args;
  switch (name) {
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
      const factor = s.add(s.mul(z, cosine), s.sqrt(k));
      const bent = a.sub(a.mul(a.spread(z), x), a.mul(a.spread(factor), y));
      return select(b, type, bent, a.c(0), s.op('<', k, s.c(0)));
    }
    default:
      return null;
  }
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
