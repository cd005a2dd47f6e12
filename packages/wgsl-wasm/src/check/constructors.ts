/** Value constructors and conversions: `f32(x)`, `vec4f(v, 1)`, `array(1, 2)`, `MyStruct(a, b)`. */
import { rare } from '../rare.ts';
import type { CallExpression } from '../syntax/ast.ts';
import type { Context, Operand, Stage } from './context.ts';
import { constantOperand, elementOf, expectType, toExpression, valueOperand } from './operand.ts';
import { mapValue } from './operators.ts';
import type { Expression } from './program.ts';
import { hasLargeArray, isConstructible } from './resolve.ts';
import {
  type ArrayType,
  isMatrix,
  type ScalarType,
  type StructType,
  type Type,
  typeName,
  type VectorType,
  vectorOf,
} from './types.ts';
import { castScalar, type Value, zeroValue } from './values.ts';

export const stageOf = (args: readonly Operand[]): Stage =>
  args.reduce<number>((stage, arg) => Math.max(stage, arg.stage), 0) as Stage;

/** `type(args)` for a type that is known. */
export function construct(ctx: Context, call: CallExpression, type: Type, args: Operand[]): Operand {
  if (type.kind === 'array' && type.count === null)
    ctx.fail(call, 'a runtime-sized array cannot be constructed');
  if (!isConstructible(type)) ctx.fail(call, `values of type '${typeName(type)}' cannot be constructed`);
  if (hasLargeArray(type))
    ctx.unsupported(call, `a value of type '${typeName(type)}' has too many elements and is`);
  if (args.length === 0) return constantOperand(call, type, zeroValue(type));
  switch (type.kind) {
    case 'scalar':
      return constructScalar(ctx, call, type, args);
    case 'vector':
      return constructVector(ctx, call, type, args);
    case 'array': {
      if (isMatrix(type)) return rare().constructMatrix(ctx, call, type, args);
      const count = type.count as number;
      expectCount(ctx, call, args, count, `'${typeName(type)}' takes ${count} elements`);
      const parts = args.map((arg, i) => expectType(ctx, arg, type.element, `element ${i}`));
      return assemble(call, type, parts);
    }
    case 'struct': {
      const { members, name } = type;
      expectCount(ctx, call, args, members.length, `'${name}' has ${members.length} members`);
      const parts = args.map((arg, i) =>
        expectType(ctx, arg, members[i].type, `the member '${members[i].name}'`),
      );
      return assemble(call, type, parts);
    }
    default:
      throw new Error(`${typeName(type)} is not constructible`);
  }
}

export function expectCount(
  ctx: Context,
  call: CallExpression,
  args: Operand[],
  count: number,
  message: string,
): void {
  if (args.length !== count) ctx.fail(call, `${message}, but ${args.length} are given`);
}

/** A composite from parts that have the right types already. */
export function assemble(
  call: CallExpression,
  type: VectorType | ArrayType | StructType,
  parts: Operand[],
): Operand {
  const stage = stageOf(parts);
  if (parts.every((part) => part.value !== undefined)) {
    const values = parts.map((part) => part.value as Value);
    return constantOperand(call, type, type.kind === 'vector' ? (values.flat() as Value[]) : values, stage);
  }
  const lowered: Expression = { kind: 'construct', pos: call.start, type, args: parts.map(toExpression) };
  return valueOperand(call, lowered, stage);
}

function constructScalar(ctx: Context, call: CallExpression, type: ScalarType, args: Operand[]): Operand {
  expectCount(ctx, call, args, 1, `'${type.name}' takes one value`);
  const [arg] = args;
  if (arg.type.kind !== 'scalar')
    ctx.fail(arg, `'${typeName(arg.type)}' cannot be converted to '${type.name}'`);
  return cast(ctx, call, type, arg);
}

/** Explicit conversion of a scalar or vector to another element type of the same shape. */
function cast(ctx: Context, call: CallExpression, type: ScalarType | VectorType, arg: Operand): Operand {
  const from = elementOf(arg.type) as ScalarType;
  const to = elementOf(type) as ScalarType;
  const { value } = arg;
  if (value !== undefined) {
    const result = ctx.evaluate(call, arg.stage, type, () => mapValue(value, (v) => castScalar(v, from, to)));
    return constantOperand(call, type, result, arg.stage);
  }
  if (from === to) return { ...arg, start: call.start, end: call.end };
  return valueOperand(
    call,
    { kind: 'convert', pos: call.start, type, operand: toExpression(arg) },
    arg.stage,
  );
}

export function constructVector(
  ctx: Context,
  call: CallExpression,
  type: VectorType,
  args: Operand[],
): Operand {
  if (args.length === 1) {
    const [arg] = args;
    if (arg.type.kind === 'vector' && arg.type.size === type.size) return cast(ctx, call, type, arg);
    if (arg.type.kind === 'scalar') {
      return splat(call, type, expectType(ctx, arg, type.element, `the component of '${typeName(type)}'`));
    }
  }
  let size = 0;
  const parts = args.map((arg) => {
    const element = elementOf(arg.type);
    if (!element) ctx.fail(arg, `'${typeName(arg.type)}' cannot be part of a vector`);
    const wanted = arg.type.kind === 'vector' ? vectorOf(arg.type.size, type.element) : type.element;
    size += arg.type.kind === 'vector' ? arg.type.size : 1;
    return expectType(ctx, arg, wanted, `a component of '${typeName(type)}'`);
  });
  if (size !== type.size) {
    ctx.fail(call, `'${typeName(type)}' takes ${type.size} components, but the arguments have ${size}`);
  }
  return assemble(call, type, parts);
}

function splat(call: CallExpression, type: VectorType, arg: Operand): Operand {
  if (arg.value !== undefined) {
    return constantOperand(call, type, new Array<Value>(type.size).fill(arg.value), arg.stage);
  }
  return valueOperand(call, { kind: 'splat', pos: call.start, type, operand: toExpression(arg) }, arg.stage);
}
