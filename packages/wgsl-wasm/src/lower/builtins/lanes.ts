/** Short names for operations on four lanes, so that the formulas of `math*.ts` read as formulas. */
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';

export interface Lanes {
  readonly b: Builder;
  c(value: number): Node;
  /** An integer constant in every lane. */
  i(value: number): Node;
  add(x: Node, y: Node): Node;
  sub(x: Node, y: Node): Node;
  mul(x: Node, y: Node): Node;
  div(x: Node, y: Node): Node;
  /** `x * y + z`, fused where the machine can. */
  fma(x: Node, y: Node, z: Node): Node;
  /** `z - x * y`, fused where the machine can. */
  fnma(x: Node, y: Node, z: Node): Node;
  min(x: Node, y: Node): Node;
  max(x: Node, y: Node): Node;
  one(name: string, x: Node): Node;
  two(name: string, x: Node, y: Node): Node;
  /** `mask ? x : y` */
  pick(mask: Node, x: Node, y: Node): Node;
  /** `c[0] + c[1] x + c[2] x^2 + ...` by Horner's rule. */
  polynomial(x: Node, coefficients: readonly number[]): Node;
  /** Shifts every lane by a constant. */
  shift(name: 'shl' | 'shr_s' | 'shr_u', x: Node, count: number): Node;
  /** The sign bit of `x` on the magnitude of `y`, whose own sign bit must be clear. */
  withSign(x: Node, y: Node): Node;
}

export function lanesOf(b: Builder): Lanes {
  const two = (name: string, x: Node, y: Node) => b.value(name, [x, y]);
  const c = (value: number) => b.value('f32x4.splat', [b.f32(value)]);
  const i = (value: number) => b.value('i32x4.splat', [b.i32(value)]);
  const add = (x: Node, y: Node) => b.raw('f32x4.add', [x, y]);
  const mul = (x: Node, y: Node) => b.raw('f32x4.mul', [x, y]);
  const sub = (x: Node, y: Node) => b.raw('f32x4.sub', [x, y]);
  const fused = b.options.contract;
  const fma = (x: Node, y: Node, z: Node) =>
    fused ? b.value('f32x4.relaxed_madd', [x, y, z]) : add(mul(x, y), z);
  return {
    b,
    c,
    i,
    add,
    sub,
    mul,
    div: (x, y) => two('f32x4.div', x, y),
    fma,
    fnma: (x, y, z) => (fused ? b.value('f32x4.relaxed_nmadd', [x, y, z]) : sub(z, mul(x, y))),
    min: (x, y) => two('f32x4.pmin', x, y),
    max: (x, y) => two('f32x4.pmax', x, y),
    one: (name, x) => b.value(name, [x]),
    two,
    pick: (mask, x, y) => b.value('v128.bitselect', [x, y, mask]),
    polynomial: (x, coefficients) =>
      coefficients
        .slice(0, -1)
        .reduceRight((sum, coefficient) => fma(sum, x, c(coefficient)), c(coefficients.at(-1)!)),
    shift: (name, x, count) => b.value(`i32x4.${name}`, [x, b.i32(count)]),
    withSign: (x, y) => two('v128.or', two('v128.and', x, i(0x80000000)), y),
  };
}
