/** Expressions to values. */
import type { Binary, ConstantValue, Expression } from '../check/program.ts';
import type { Type } from '../check/types.ts';
import { rare } from '../rare.ts';
import { lowerPart } from './arrays.ts';
import { lowerBuiltin } from './builtins/table.ts';
import { callFunction } from './calls.ts';
import { type Context, UnsupportedError } from './context.ts';
import type { Cell, Node } from './graph.ts';
import { loadFrom, resolvePlace } from './memory.ts';
import { binary, bitcast, convert, unary } from './operators.ts';
import { usageOfExpression } from './usage.ts';
import { leafCount, nodeOf, partTypes, plain, type Value } from './values.ts';
import { build, isFloatType, lane, shuffle, splat } from './vectors.ts';

export function lowerNode(context: Context, expression: Expression): Node {
  return nodeOf(lowerExpression(context, expression));
}

export function lowerExpression(context: Context, expression: Expression): Value {
  const { b } = context;
  const { pos } = b;
  b.pos = expression.pos;
  const value = lowerKind(context, expression);
  b.pos = pos;
  return value;
}

/** Whether an operand is a matrix. */
const ofMatrices = ({ left, right }: Binary) => left.type.kind === 'array' || right.type.kind === 'array';

function lowerKind(context: Context, expression: Expression): Value {
  const { b } = context;
  switch (expression.kind) {
    case 'constant':
      return constantValue(context, expression.type, expression.value, expression.pos);
    case 'value': {
      const constant = context.constants.get(expression.declaration);
      if (constant !== undefined) return constantValue(context, expression.type, constant, expression.pos);
      const value = context.values.get(expression.declaration);
      if (value === undefined) throw new Error(`internal: '${expression.declaration.name}' has no value`);
      return value;
    }
    case 'load':
      return loadFrom(context, resolvePlace(context, expression.place));
    case 'addressOf':
      return { kind: 'pointer', place: resolvePlace(context, expression.place) };
    case 'unary':
      return unary(b, expression.operator, plain(expression.type), lowerNode(context, expression.operand));
    case 'binary': {
      if (ofMatrices(expression)) {
        const operands = [expression.left, expression.right].map((side) => lowerExpression(context, side));
        return rare().lowerMatrixBinary(b, expression, operands);
      }
      const left = lowerNode(context, expression.left);
      const right = lowerNode(context, expression.right);
      return binary(b, expression.operator, plain(expression.left.type), left, right);
    }
    case 'logical':
      return logical(context, expression.operator, expression.left, expression.right);
    case 'splat':
      return splat(b, expression.type.element, lowerNode(context, expression.operand));
    case 'construct':
      return construct(context, expression.type, expression.args);
    case 'convert':
      if (expression.type.kind === 'array') {
        return rare().lowerMatrixConversion(b, expression, lowerExpression(context, expression.operand));
      }
      return convert(
        b,
        plain(expression.operand.type),
        plain(expression.type),
        lowerNode(context, expression.operand),
      );
    case 'bitcast':
      return bitcast(
        b,
        plain(expression.operand.type),
        plain(expression.type),
        lowerNode(context, expression.operand),
      );
    case 'swizzle': {
      const vector = lowerNode(context, expression.operand);
      if (expression.components.length === 1) {
        return lane(b, plain(expression.operand.type), vector, expression.components[0]);
      }
      return shuffle(b, vector, vector, expression.components);
    }
    case 'extract':
    case 'member':
      return lowerPart(context, expression);
    case 'call':
      return callFunction(context, expression.function, expression.args)!;
    case 'builtin':
      return lowerBuiltin(context, expression);
  }
}

export function constantValue(context: Context, type: Type, value: ConstantValue, pos: number): Value {
  const { b } = context;
  switch (type.kind) {
    case 'scalar':
      return isFloatType(type) ? b.f32(value as number) : b.i32(Number(value));
    case 'vector': {
      const scalars = value as readonly ConstantValue[];
      return build(
        b,
        type,
        scalars.map((scalar) => constantValue(context, type.element, scalar, pos) as Node),
      );
    }
    case 'array':
    case 'struct': {
      if (leafCount(type) > 4096) {
        throw new UnsupportedError(
          'a constant of more than 4096 scalars and vectors is not supported as a whole: access its elements, or give it to a variable',
          pos,
        );
      }
      const types = partTypes(type);
      const parts = (value as readonly ConstantValue[]).map((part, i) =>
        constantValue(context, types[i], part, pos),
      );
      return { kind: 'composite', parts };
    }
    default:
      throw new Error(`internal: a constant of type ${type.kind}`);
  }
}

function construct(context: Context, type: Type, args: readonly Expression[]): Value {
  const { b } = context;
  const values = args.map((arg) => lowerExpression(context, arg));
  if (type.kind !== 'vector') return { kind: 'composite', parts: values };
  if (args.length === 1) return values[0];
  // Two halves from vectors: one shuffle.
  if (args.length === 2 && args.every((arg) => arg.type.kind === 'vector')) {
    const [x, y] = args.map((arg) => (arg.type.kind === 'vector' ? arg.type.size : 1));
    const lanes = [...Array.from({ length: x }, (_, i) => i), ...Array.from({ length: y }, (_, i) => 4 + i)];
    return shuffle(b, nodeOf(values[0]), nodeOf(values[1]), lanes);
  }
  const scalars: Node[] = [];
  args.forEach((arg, i) => {
    const node = nodeOf(values[i]);
    if (arg.type.kind === 'vector') {
      for (let k = 0; k < arg.type.size; k++) scalars.push(lane(b, arg.type, node, k));
    } else {
      scalars.push(node);
    }
  });
  return build(b, type, scalars);
}

/**
 * Whether the right side may be evaluated although its value is not needed: nothing in it can trap, write or take
 * long.
 */
function isHarmless(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
    case 'value':
      return true;
    case 'load':
      return (
        expression.place.kind === 'variable' &&
        expression.place.type.kind === 'scalar' &&
        ['function', 'private'].includes(expression.place.addressSpace)
      );
    case 'unary':
    case 'convert':
    case 'bitcast':
    case 'swizzle':
      return isHarmless(expression.operand);
    case 'binary':
    case 'logical':
      return isHarmless(expression.left) && isHarmless(expression.right);
    default:
      return false;
  }
}

function logical(context: Context, operator: '&&' | '||', left: Expression, right: Expression): Node {
  const { b } = context;
  const first = lowerNode(context, left);
  if (first.op === 'i32.const') {
    return (first.imm !== 0) === (operator === '&&') ? lowerNode(context, right) : first;
  }
  if (isHarmless(right) && usageOfExpression(right).size <= 24) {
    return b.value(operator === '&&' ? 'i32.and' : 'i32.or', [first, lowerNode(context, right)]);
  }
  const cell: Cell = { name: operator, type: 'i32' };
  b.set(cell, first);
  const evaluate = () => b.set(cell, lowerNode(context, right));
  if (operator === '&&') b.conditional(first, evaluate);
  else b.conditional(b.value('i32.eqz', [first]), evaluate);
  const result = b.get(cell);
  b.environment.delete(cell);
  return result;
}
