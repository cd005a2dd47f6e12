/** 16-bit floats (`f16`) while checking: rounding, and their bits. */
import type { Span } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { F16, type ScalarType, type Type } from './types.ts';
import { EvaluationError, fromBits, roundFloat, roundHalfEven, toBits, type Value } from './values.ts';

/** The largest one. What is larger is not representable, as Tint has it; a kernel rounds what is below 65520 down. */
const LARGEST = 65504;

/** The nearest one, ties to even; infinite beyond the largest. */
export function toF16(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  if (Math.abs(value) > LARGEST) return value < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const ulp = 2 ** (exponent - 10);
  return roundHalfEven(value / ulp) * ulp;
}

/** The same; beyond the largest one, 65504, an error. */
export function roundToF16(value: number): number {
  if (Math.abs(value) > LARGEST)
    throw new EvaluationError(`the value ${value} cannot be represented as 'f16'`);
  return toF16(value);
}

/** The bits of a number that f16 holds. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | (magnitude * 2 ** (10 - exponent) - 1024);
}

/** The number with these bits, not finite where they say so. */
export function fromHalfBits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** `bitcast` of a constant, where one of the types is made of f16. */
export function bitcastHalfValue(value: Value, from: ScalarType, to: Type): Value {
  const parts = (Array.isArray(value) ? value : [value]) as number[];
  const view = new DataView(new ArrayBuffer(16));
  parts.forEach((part, i) => {
    if (from === F16) view.setUint16(2 * i, halfBits(part), true);
    else view.setUint32(4 * i, toBits(part, from), true);
  });
  const element = to.kind === 'vector' ? to.element : (to as ScalarType);
  const read = (i: number) =>
    element === F16
      ? roundFloat(fromHalfBits(view.getUint16(2 * i, true)), F16)
      : fromBits(view.getUint32(4 * i, true), element);
  return to.kind === 'vector' ? Array.from({ length: to.size }, (_, i) => read(i)) : read(0);
}

/** @throws unless the module says `enable f16;` */
export function requireF16(ctx: Context, span: Span, what: string): void {
  if (!ctx.enabled.has('f16')) ctx.fail(span, `${what} needs 'enable f16;' at the start of the module`);
}
