/** Matrices while checking: their types, constructors, operators and functions. */
import type { Expression as AstExpression, CallExpression } from '../syntax/ast.ts';
import { type Located, type Operator, refuseOperands } from './binary.ts';
import { expectArguments } from './builtins/memory.ts';
import { commonScalar } from './builtins/overloads.ts';
import { assemble, expectCount, stageOf } from './constructors.ts';
import type { Context, Operand, Stage } from './context.ts';
import { coerce, constantOperand, elementOf, expectType, toExpression, valueOperand } from './operand.ts';
import { floatSteps } from './operators.ts';
import type { Binary, Expression } from './program.ts';
import {
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  F16,
  F32,
  isMatrix,
  type MatrixType,
  matrixOf,
  type ScalarType,
  type Type,
  typeName,
  vectorOf,
} from './types.ts';
import { castScalar, isFloat, type Value } from './values.ts';

type Size = 2 | 3 | 4;
/** The elements by column, then row. */
type Columns = readonly (readonly number[])[];

const scalarOf = (type: Type): ScalarType | null => (isMatrix(type) ? type.element.element : elementOf(type));

/** The type with other scalars. */
function withScalar(type: Type, scalar: ScalarType): Type {
  if (isMatrix(type)) return matrixOf(type.count, vectorOf(type.element.size, scalar));
  return type.kind === 'vector' ? vectorOf(type.size, scalar) : scalar;
}

/** The type of the name, `mat2x3`, with that type as its template argument. */
export function resolveMatrix(ctx: Context, argument: AstExpression, name: string, scalar: Type): MatrixType {
  if (scalar !== F32 && scalar !== F16) {
    ctx.fail(argument, `'${name}' takes f32 or f16, not '${typeName(scalar)}'`);
  }
  return matrixOf(Number(name[3]), vectorOf(Number(name[5]) as Size, scalar));
}

/** `mat2x3<T>(…)`: from columns, from scalars column by column, or from a matrix of the same shape. */
export function constructMatrix(
  ctx: Context,
  call: CallExpression,
  type: MatrixType,
  args: Operand[],
): Operand {
  const { element: column, count } = type;
  const name = typeName(type);
  const [first] = args;
  if (args.length === 1 && isMatrix(first.type)) return convertMatrix(ctx, call, type, first);
  if (first.type.kind === 'vector') {
    expectCount(ctx, call, args, count, `'${name}' takes ${count} columns`);
    const columns = args.map((arg) => expectType(ctx, arg, column, `a column of '${name}'`));
    return assemble(call, type, columns);
  }
  expectCount(ctx, call, args, count * column.size, `'${name}' takes ${count * column.size} elements`);
  const elements = args.map((arg) => expectType(ctx, arg, column.element, `an element of '${name}'`));
  const columns = Array.from({ length: count }, (_, c) =>
    assemble(call, column, elements.slice(c * column.size, (c + 1) * column.size)),
  );
  return assemble(call, type, columns);
}

function convertMatrix(ctx: Context, call: CallExpression, type: MatrixType, arg: Operand): Operand {
  const from = arg.type as MatrixType;
  if (from.count !== type.count || from.element.size !== type.element.size) {
    ctx.fail(arg, `'${typeName(from)}' has another shape than '${typeName(type)}'`);
  }
  if (from === type) return { ...arg, start: call.start, end: call.end };
  const { value } = arg;
  if (value !== undefined) {
    const cast = (x: number) => castScalar(x, from.element.element, type.element.element);
    const compute = () => (value as Columns).map((column) => column.map(cast));
    return constantOperand(call, type, ctx.evaluate(call, arg.stage, type, compute), arg.stage);
  }
  const lowered = { kind: 'convert', pos: call.start, type, operand: toExpression(arg) } as const;
  return valueOperand(call, lowered, arg.stage);
}

/** `mat2x3(…)`: the type of the elements is the common type of the arguments. */
export function constructInferredMatrix(
  ctx: Context,
  call: CallExpression,
  name: string,
  args: Operand[],
): Operand {
  if (args.length === 0)
    ctx.fail(call, `'${name}()' has no element to infer the type from; write ${name}<f32>()`);
  const scalar = args.reduce<ScalarType>((common, arg) => {
    const given = scalarOf(arg.type);
    return (
      (given && commonScalar(common, given)) ??
      ctx.fail(arg, `'${typeName(arg.type)}' does not fit the other elements of '${name}'`)
    );
  }, scalarOf(args[0].type) ?? ABSTRACT_INT);
  const element = scalar === ABSTRACT_INT ? ABSTRACT_FLOAT : scalar;
  if (!isFloat(element)) ctx.fail(call, `the elements of '${name}' must be floats, not ${element.name}`);
  const type = matrixOf(Number(name[3]), vectorOf(Number(name[5]) as Size, element));
  return constructMatrix(ctx, call, type, args);
}

/** The type of `left operator right`, where one of them is a matrix at least, both of the same scalars; or null. */
function resultType(operator: Operator, left: Type, right: Type): Type | null {
  if (operator === '+' || operator === '-') return left === right ? left : null;
  if (operator !== '*') return null;
  if (isMatrix(left)) {
    const { count, element } = left;
    if (isMatrix(right)) return count === right.element.size ? matrixOf(right.count, element) : null;
    if (right.kind === 'vector') return count === right.size ? element : null;
    return left;
  }
  const { count, element } = right as MatrixType;
  if (left.kind === 'vector')
    return left.size === element.size ? vectorOf(count as Size, left.element) : null;
  return right;
}

/** `left operator right`, where one of them is a matrix at least. */
export function checkMatrixBinary(
  ctx: Context,
  at: Located,
  operator: Operator,
  left: Operand,
  right: Operand,
): Operand {
  const [a, b] = [scalarOf(left.type), scalarOf(right.type)];
  const scalar = a && b && commonScalar(a, b);
  const type =
    scalar &&
    isFloat(scalar) &&
    resultType(operator, withScalar(left.type, scalar), withScalar(right.type, scalar));
  if (!type) return refuseOperands(ctx, at, operator, left.type, right.type);
  const x = coerce(ctx, left, withScalar(left.type, scalar));
  const y = coerce(ctx, right, withScalar(right.type, scalar));
  const stage = Math.max(left.stage, right.stage) as Stage;
  if (x.value !== undefined && y.value !== undefined) {
    const [p, q] = [x.value, y.value];
    return constantOperand(
      at,
      type,
      ctx.evaluate(at, stage, type, () => fold(operator, scalar, p, q)),
      stage,
    );
  }
  const sides = { left: toExpression(x), right: toExpression(y) };
  const lowered = { kind: 'binary', pos: at.start, type, operator, ...sides } satisfies Binary;
  return valueOperand(at, lowered, stage);
}

const depthOf = (value: Value): number => (Array.isArray(value) ? 1 + depthOf(value[0]) : 0);

/** The value of `x operator y`, each step rounded to the scalar type. */
function fold(operator: Operator, scalar: ScalarType, x: Value, y: Value): Value {
  const { add, sub, mul } = floatSteps(scalar);
  const zip = (p: Value, q: Value, step: (u: number, v: number) => number): Value =>
    Array.isArray(p)
      ? p.map((part, i) => zip(part, Array.isArray(q) ? q[i] : q, step))
      : step(p as number, q as number);
  if (operator !== '*') return zip(x, y, operator === '+' ? add : sub);
  const dot = (p: readonly number[], q: readonly number[]) => p.map((v, i) => mul(v, q[i])).reduce(add);
  const row = (m: Columns, r: number) => m.map((column) => column[r]);
  const timesVector = (m: Columns, v: readonly number[]) => m[0].map((_, r) => dot(row(m, r), v));
  switch (`${depthOf(x)}${depthOf(y)}`) {
    case '22':
      return (y as Columns).map((column) => timesVector(x as Columns, column));
    case '21':
      return timesVector(x as Columns, y as readonly number[]);
    case '12':
      return (y as Columns).map((column) => dot(x as readonly number[], column));
    case '20':
      return zip(x, y, mul);
    default:
      return zip(y, x, mul);
  }
}

/** The determinant of a square matrix, expanded along its first column. */
export function determinantOf<T>(
  m: readonly (readonly T[])[],
  { add, sub, mul }: Record<'add' | 'sub' | 'mul', (x: T, y: T) => T>,
): T {
  const steps = { add, sub, mul };
  if (m.length === 2) return sub(mul(m[0][0], m[1][1]), mul(m[1][0], m[0][1]));
  const terms = m[0].map((x, r) => {
    const minor = m.slice(1).map((column) => column.filter((_, i) => i !== r));
    return mul(x, determinantOf(minor, steps));
  });
  return terms.reduce((sum, term, r) => (r % 2 === 0 ? add(sum, term) : sub(sum, term)));
}

/** `transpose(m)` and `determinant(m)`. */
export function checkMatrixBuiltin(
  ctx: Context,
  call: CallExpression,
  name: 'transpose' | 'determinant',
  args: Operand[],
): Operand {
  if (call.callee.templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  expectArguments(ctx, call, args, 1);
  const [arg] = args;
  const { type } = arg;
  const square = name === 'determinant';
  if (!isMatrix(type) || (square && type.count !== type.element.size)) {
    return ctx.fail(arg, `'${name}' takes a ${square ? 'square ' : ''}matrix, not '${typeName(type)}'`);
  }
  const { count, element } = type;
  const result = square ? element.element : matrixOf(element.size, vectorOf(count as Size, element.element));
  const { value } = arg;
  if (value !== undefined) {
    const columns = value as Columns;
    const compute = (): Value =>
      square
        ? determinantOf(columns, floatSteps(element.element))
        : columns[0].map((_, r) => columns.map((column) => column[r]));
    return constantOperand(call, result, ctx.evaluate(call, arg.stage, result, compute), arg.stage);
  }
  const overload = `${name}(${typeName(type)})`;
  const lowered: Expression = {
    kind: 'builtin',
    pos: call.start,
    type: result,
    name,
    overload,
    args: [toExpression(arg)],
  };
  return valueOperand(call, lowered, stageOf(args));
}
