/**
 * Trigonometric functions on four lanes. The argument is reduced in float64, which keeps every bit of an f32 argument
 * up to about 2^30; the polynomials are minimax fits over the reduced range, their relative error beside them.
 */
import type { Node } from '../graph.ts';
import { shuffle } from '../vectors.ts';
import type { Lanes } from './lanes.ts';

/** (sin(r) - r) / r^3 for |r| <= pi / 4: 2^-32. */
const SIN = [-0.1666666716337204, 0.008333372883498669, -0.00019850303942803293, 2.804529458444449e-6];
/** (cos(r) - 1 + r^2 / 2) / r^4 for |r| <= pi / 4: 2^-37. */
const COS = [0.0416666679084301, -0.001388897537253797, 2.4820195903885178e-5, -2.870600610549445e-7];
/** (atan(x) - x) / x^3 for |x| <= tan(pi / 8): 2^-30. */
const ATAN = [
  -0.33333316445350647, 0.1999853402376175, -0.14244550466537476, 0.10600506514310837, -0.06093629449605942,
];
/** (asin(x) - x) / x^3 for |x| <= 1/2: 2^-27.6. */
const ASIN = [
  0.16666753590106964, 0.07495252788066864, 0.04547591134905815, 0.024152815341949463, 0.04221051186323166,
];

/** pi / 2 in two float64 parts; the first has 33 bits. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;

/** `x = quarter * pi / 2 + r` with |r| <= pi / 4; `quarter` as integers. */
function reduce(m: Lanes, x: Node): { quarter: Node; r: Node } {
  const { b } = m;
  const f64 = (value: number) => b.v128(new Uint8Array(new Float64Array([value, value]).buffer));
  const half = (pair: Node) => {
    const wide = b.value('f64x2.promote_low_f32x4', [pair]);
    const n = b.value('f64x2.nearest', [b.value('f64x2.mul', [wide, f64(2 / Math.PI)])]);
    const first = b.value('f64x2.sub', [wide, b.value('f64x2.mul', [n, f64(HALF_PI_HIGH)])]);
    const r = b.value('f64x2.sub', [first, b.value('f64x2.mul', [n, f64(HALF_PI_LOW)])]);
    // 2^52 + 2^51 puts the integer into the lowest bits.
    const bits = b.value('f64x2.add', [n, f64(6755399441055744)]);
    return { r: b.value('f32x4.demote_f64x2_zero', [r]), bits };
  };
  const low = half(x);
  const high = half(shuffle(b, x, x, [2, 3, 2, 3]));
  return {
    r: shuffle(b, low.r, high.r, [0, 1, 4, 5]),
    quarter: shuffle(b, low.bits, high.bits, [0, 2, 4, 6]),
  };
}

/** sin of the reduced argument, `shift` quarters further on. */
function sineOf(m: Lanes, quarter: Node, r: Node, shift: number): Node {
  const square = m.mul(r, r);
  const sine = m.fma(m.mul(square, r), m.polynomial(square, SIN), r);
  const cosine = m.add(
    m.fma(m.mul(square, square), m.polynomial(square, COS), m.mul(square, m.c(-0.5))),
    m.c(1),
  );
  const shifted = shift ? m.two('i32x4.add', quarter, m.i(shift)) : quarter;
  const isOdd = m.shift('shr_s', m.shift('shl', shifted, 31), 31);
  const negative = m.shift('shl', m.shift('shr_u', shifted, 1), 31);
  return m.two('v128.xor', m.pick(isOdd, cosine, sine), negative);
}

export function sin(m: Lanes, x: Node): Node {
  const { quarter, r } = reduce(m, x);
  return sineOf(m, quarter, r, 0);
}

export function cos(m: Lanes, x: Node): Node {
  const { quarter, r } = reduce(m, x);
  return sineOf(m, quarter, r, 1);
}

export function tan(m: Lanes, x: Node): Node {
  const { quarter, r } = reduce(m, x);
  return m.div(sineOf(m, quarter, r, 0), sineOf(m, quarter, r, 1));
}

/** atan of numbers that are not negative. */
function atanPositive(m: Lanes, x: Node): Node {
  const high = m.two('f32x4.gt', x, m.c(Math.tan((3 * Math.PI) / 8)));
  const middle = m.two('f32x4.gt', x, m.c(Math.tan(Math.PI / 8)));
  const rotated = m.div(m.sub(x, m.c(1)), m.add(x, m.c(1)));
  const inverse = m.div(m.c(-1), x);
  const reduced = m.pick(high, inverse, m.pick(middle, rotated, x));
  const start = m.pick(high, m.c(Math.PI / 2), m.two('v128.and', middle, m.c(Math.PI / 4)));
  const square = m.mul(reduced, reduced);
  const tail = m.mul(m.mul(square, reduced), m.polynomial(square, ATAN));
  return m.add(start, m.add(tail, reduced));
}

export function atan(m: Lanes, x: Node): Node {
  return m.withSign(x, atanPositive(m, m.one('f32x4.abs', x)));
}

/** The angle of the point (x, y); 0 for the origin. */
export function atan2(m: Lanes, y: Node, x: Node): Node {
  const height = m.one('f32x4.abs', y);
  const width = m.one('f32x4.abs', x);
  const steep = m.two('f32x4.gt', height, width);
  const larger = m.pick(steep, height, width);
  const smaller = m.pick(steep, width, height);
  const isOrigin = m.two('f32x4.eq', larger, m.c(0));
  const ratio = m.div(smaller, m.pick(isOrigin, m.c(1), larger));
  const flat = atanPositive(m, ratio);
  const first = m.pick(steep, m.sub(m.c(Math.PI / 2), flat), flat);
  const left = m.two('f32x4.lt', x, m.c(0));
  return m.withSign(y, m.pick(left, m.sub(m.c(Math.PI), first), first));
}

/** asin(|x|) in two parts: for acos, the first is subtracted from pi / 2 exactly. */
function asinParts(m: Lanes, size: Node): { small: Node; large: Node; isSmall: Node } {
  const isSmall = m.two('f32x4.lt', size, m.c(0.5));
  const half = m.mul(m.sub(m.c(1), size), m.c(0.5));
  const square = m.pick(isSmall, m.mul(size, size), half);
  const root = m.pick(isSmall, size, m.one('f32x4.sqrt', half));
  const angle = m.fma(m.mul(square, root), m.polynomial(square, ASIN), root);
  return { small: angle, large: m.add(angle, angle), isSmall };
}

export function asin(m: Lanes, x: Node): Node {
  const { small, large, isSmall } = asinParts(m, m.one('f32x4.abs', x));
  return m.withSign(x, m.pick(isSmall, small, m.sub(m.c(Math.PI / 2), large)));
}

export function acos(m: Lanes, x: Node): Node {
  const { small, large, isSmall } = asinParts(m, m.one('f32x4.abs', x));
  const negative = m.two('f32x4.lt', x, m.c(0));
  const signed = m.withSign(x, small);
  const outer = m.pick(negative, m.sub(m.c(Math.PI), large), large);
  return m.pick(isSmall, m.sub(m.c(Math.PI / 2), signed), outer);
}
