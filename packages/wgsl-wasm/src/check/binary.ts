/** Binary operators. */
import { rare } from '../rare.ts';
import type { BinaryExpression } from '../syntax/ast.ts';
import { commonScalar } from './builtins/overloads.ts';
import { CONST, type Context, type Operand, type Stage } from './context.ts';
import { checkValue } from './expressions.ts';
import { coerce, concreteType, constantOperand, elementOf, toExpression, valueOperand } from './operand.ts';
import {
  checkShiftAmount,
  foldArithmetic,
  foldBitwise,
  foldComparison,
  foldShift,
  mapValue,
} from './operators.ts';
import type { Binary, Expression } from './program.ts';
import {
  BOOL,
  isMatrix,
  type ScalarType,
  type Type,
  typeName,
  U32,
  type VectorType,
  vectorOrScalar,
} from './types.ts';
import {
  EvaluationError,
  isAbstractScalar,
  isFloat,
  isInteger,
  isNumeric,
  scalarConverts,
  type Value,
} from './values.ts';

const sizeOfOperand = (type: Type): number => (type.kind === 'vector' ? type.size : 1);

export function checkBinary(ctx: Context, expression: BinaryExpression): Operand {
  const { operator } = expression;
  if (operator === '&&' || operator === '||') return checkLogical(ctx, expression, operator);
  const left = checkValue(ctx, expression.left);
  const right = checkValue(ctx, expression.right);
  return applyBinary(ctx, expression, operator, left, right);
}

export type Operator = Binary['operator'];
export type Located = { readonly start: number; readonly end: number };

/** The result of `left operator right` for loaded operands. */
export function applyBinary(
  ctx: Context,
  at: Located,
  operator: Operator,
  left: Operand,
  right: Operand,
): Operand {
  if (isMatrix(left.type) || isMatrix(right.type)) {
    return rare().checkMatrixBinary(ctx, at, operator, left, right);
  }
  const operands = convertOperands(ctx, at, operator, left, right);
  const type = resultType(operator, operands.left.type);
  const stage = Math.max(left.stage, right.stage) as Stage;
  const a = operands.left.value;
  const b = operands.right.value;
  const element = elementOf(operands.left.type) as ScalarType;
  if (b !== undefined) ctx.verify(at, right.stage, () => verifyRight(operator, element, b));
  if (a !== undefined && b !== undefined) {
    const value = ctx.evaluate(at, stage, type, () => fold(operator, a, b, element));
    return constantOperand(at, type, value, stage);
  }
  const lowered = {
    kind: 'binary',
    pos: at.start,
    type,
    operator,
    left: toExpression(operands.left),
    right: toExpression(operands.right),
  } as const;
  return valueOperand(at, lowered, stage);
}

/** Division by a known zero and shifts by a known 32 or more are errors, whatever the left operand. */
function verifyRight(operator: Operator, element: ScalarType, right: Value): void {
  if ((operator === '/' || operator === '%') && isInteger(element)) {
    mapValue(right, (v) => {
      if (Number(v) === 0) throw new EvaluationError('integer division by zero');
      return v;
    });
  }
  if ((operator === '<<' || operator === '>>') && element.name !== 'abstract-int') {
    mapValue(right, (v) => {
      checkShiftAmount(v as number);
      return v;
    });
  }
}

function fold(operator: Operator, a: Value, b: Value, element: ScalarType): Value {
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return foldArithmetic(operator, a, b, element);
    case '&':
    case '|':
    case '^':
      return foldBitwise(operator, a, b, element);
    case '<<':
    case '>>':
      return foldShift(operator, a, b, element);
    default:
      return foldComparison(operator, a, b);
  }
}

const COMPARISON = new Set<Operator>(['==', '!=', '<', '<=', '>', '>=']);
const ARITHMETIC = new Set<Operator>(['+', '-', '*', '/', '%']);

function resultType(operator: Operator, operandType: Type): Type {
  return COMPARISON.has(operator) ? vectorOrScalar(sizeOfOperand(operandType), BOOL) : operandType;
}

function accepts(operator: Operator, element: ScalarType): boolean {
  if (operator === '==' || operator === '!=') return true;
  if (operator === '&' || operator === '|') return element === BOOL || isInteger(element);
  if (operator === '^' || operator === '<<' || operator === '>>') return isInteger(element);
  return isNumeric(element);
}

/** Brings both sides to the types the operator works on. */
function convertOperands(
  ctx: Context,
  at: Located,
  operator: Operator,
  left: Operand,
  right: Operand,
): { left: Operand; right: Operand } {
  const a = elementOf(left.type);
  const b = elementOf(right.type);
  const sizes = [sizeOfOperand(left.type), sizeOfOperand(right.type)];
  const refuse = (): never => refuseOperands(ctx, at, operator, left.type, right.type);
  if (!a || !b || !accepts(operator, a)) return refuse();
  if (operator === '<<' || operator === '>>') {
    if (sizes[0] !== sizes[1] || !scalarConverts(b, U32)) return refuse();
    const amount = coerce(ctx, right, vectorOrScalar(sizes[1], U32));
    const shifted = right.value === undefined ? coerce(ctx, left, concreteType(left.type)) : left;
    return { left: shifted, right: amount };
  }
  const element = commonScalar(a, b);
  if (!element || !accepts(operator, element)) return refuse();
  if (sizes[0] !== sizes[1] && (!ARITHMETIC.has(operator) || Math.min(...sizes) !== 1)) return refuse();
  const size = Math.max(...sizes);
  return {
    left: widen(coerce(ctx, left, vectorOrScalar(sizes[0], element)), size),
    right: widen(coerce(ctx, right, vectorOrScalar(sizes[1], element)), size),
  };
}

/** A scalar beside a vector stands for the vector of that scalar. */
function widen(operand: Operand, size: number): Operand {
  if (operand.type.kind !== 'scalar' || size === 1) return operand;
  const type = vectorOrScalar(size, operand.type) as VectorType;
  if (operand.value !== undefined) {
    return constantOperand(operand, type, new Array<Value>(size).fill(operand.value), operand.stage);
  }
  const splat: Expression = { kind: 'splat', pos: operand.start, type, operand: toExpression(operand) };
  return valueOperand(operand, splat, operand.stage);
}

export function refuseOperands(
  ctx: Context,
  at: Located,
  operator: Operator,
  left: Type,
  right: Type,
): never {
  const shapes = `'${typeName(left)} ${operator} ${typeName(right)}' is not defined`;
  const a = elementOf(left);
  const b = elementOf(right);
  let hint = '';
  if (operator === '<<' || operator === '>>') {
    hint = ': a shift takes an integer and an amount of type u32 of the same shape';
  } else if (a && b && a !== b && isNumeric(a) && isNumeric(b)) {
    // From integer to float loses least; an abstract side takes the type of the other.
    const target = isAbstractScalar(a) ? b : isAbstractScalar(b) || isFloat(a) ? a : b;
    hint = `: convert one side, e.g. with '${target.name}(...)'`;
  } else if (a && b && a === b && accepts(operator, a)) {
    hint = ': both sides must have the same shape';
  }
  ctx.fail(at, shapes + hint);
}

function checkLogical(ctx: Context, expression: BinaryExpression, operator: '&&' | '||'): Operand {
  const left = checkValue(ctx, expression.left);
  const decided = left.value !== undefined && left.value === (operator === '||');
  if (decided) ctx.unevaluated++;
  const right = checkValue(ctx, expression.right);
  if (decided) ctx.unevaluated--;
  for (const operand of [left, right]) {
    if (operand.type !== BOOL) {
      ctx.fail(operand, `'${operator}' takes two values of type bool, not '${typeName(operand.type)}'`);
    }
  }
  const stage = Math.max(left.stage, right.stage) as Stage;
  if (left.value !== undefined && right.value !== undefined) {
    const value = operator === '&&' ? left.value && right.value : left.value || right.value;
    return constantOperand(expression, BOOL, value, stage);
  }
  const lowered = {
    kind: 'logical',
    pos: expression.start,
    type: BOOL,
    operator,
    left: toExpression(left),
    right: toExpression(right),
  } as const;
  // As in Tint, a constant left side that decides makes the whole a constant, whatever the right side is. The expression stays for
  // the uniformity analysis, which looks at both sides.
  if (decided && left.stage === CONST) {
    return { ...constantOperand(expression, BOOL, operator === '||'), expression: lowered };
  }
  return valueOperand(expression, lowered, stage);
}
