/** `bitcast<T>(e)`: the bits of e as a T of the same size. */
import { rare } from '../../rare.ts';
import type { CallExpression } from '../../syntax/ast.ts';
import type { Context, Operand } from '../context.ts';
import { coerce, constantOperand, elementOf, toExpression, valueOperand } from '../operand.ts';
import { mapValue } from '../operators.ts';
import { resolveType } from '../resolve.ts';
import {
  ABSTRACT_INT,
  BOOL,
  F16,
  F32,
  I32,
  type ScalarType,
  type Type,
  typeName,
  U32,
  vectorOrScalar,
} from '../types.ts';
import { fromBits, toBits } from '../values.ts';

const countOf = (type: Type): number => (type.kind === 'vector' ? type.size : 1);
const sizeOf = (type: Type): number => countOf(type) * (elementOf(type) === F16 ? 2 : 4);

export function checkBitcast(ctx: Context, call: CallExpression, args: Operand[]): Operand {
  const { templateArgs } = call.callee;
  if (templateArgs?.length !== 1 || templateArgs[0].kind !== 'identifier') {
    ctx.fail(call.callee, "'bitcast' takes one type in its template list, e.g. 'bitcast<u32>(x)'");
  }
  const type = resolveType(ctx, templateArgs[0]);
  if (args.length !== 1) ctx.fail(call, `'bitcast' takes one argument, but ${args.length} are given`);
  const to = elementOf(type);
  const from = elementOf(args[0].type);
  if (!to || !from || to === BOOL || from === BOOL || sizeOf(type) !== sizeOf(args[0].type)) {
    ctx.fail(
      call,
      `'bitcast' reinterprets i32, u32, f32, f16 and vectors of them at equal size, not '${typeName(args[0].type)}' as '${typeName(type)}'`,
    );
  }
  const operand = concreteSource(ctx, args[0], from, to);
  const source = elementOf(operand.type) as ScalarType;
  const { value, stage } = operand;
  if (value !== undefined) {
    const result = ctx.evaluate(call, stage, type, () =>
      (source === F16) === (to === F16)
        ? mapValue(value, (v) => (to === F16 ? v : fromBits(toBits(v as number, source), to)))
        : rare().bitcastHalfValue(value, source, type),
    );
    return constantOperand(call, type, result, stage);
  }
  if (operand.type === type) return { ...operand, start: call.start, end: call.end };
  return valueOperand(
    call,
    { kind: 'bitcast', pos: call.start, type, operand: toExpression(operand) },
    stage,
  );
}

/** Abstract integers become u32 where that is asked and they fit, else i32; abstract floats f32. */
function concreteSource(ctx: Context, operand: Operand, from: ScalarType, to: ScalarType): Operand {
  const size = countOf(operand.type);
  if (from !== ABSTRACT_INT) {
    return from.name === 'abstract-float' ? coerce(ctx, operand, vectorOrScalar(size, F32)) : operand;
  }
  const parts = (Array.isArray(operand.value) ? operand.value : [operand.value]) as bigint[];
  const unsigned = to === U32 && parts.every((part) => part >= 0n);
  return coerce(ctx, operand, vectorOrScalar(size, unsigned ? U32 : I32));
}
