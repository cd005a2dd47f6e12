/** Matrices: the array of their columns, each a vector. */
import { determinantOf } from '../check/matrices.ts';
import type { Binary, BuiltinCall, Convert } from '../check/program.ts';
import { isMatrix, type MatrixType, type Type } from '../check/types.ts';
import type { Builder } from './builder.ts';
import { Arithmetic } from './builtins/numeric.ts';
import type { Node } from './graph.ts';
import { convert } from './operators.ts';
import { nodeOf, type Value } from './values.ts';
import { build, lane } from './vectors.ts';

function columnsOf(value: Value): Node[] {
  if (value.kind !== 'composite') throw new Error('internal: a matrix was expected');
  return value.parts.map(nodeOf);
}

const matrix = (parts: readonly Value[]): Value => ({ kind: 'composite', parts });

/** `+`, `-` and `*` where one operand is a matrix at least; `operands` are their values. */
export function lowerMatrixBinary(
  b: Builder,
  { operator, left, right }: { operator: Binary['operator']; left: { type: Type }; right: { type: Type } },
  [x, y]: readonly Value[],
): Value {
  if (!isMatrix(left.type)) {
    const { element } = right.type as MatrixType;
    const a = new Arithmetic(b, element);
    if (left.type.kind === 'scalar') {
      const factor = a.spread(nodeOf(x));
      return matrix(columnsOf(y).map((column) => a.mul(factor, column)));
    }
    // A row vector: its product with each column.
    const { count } = right.type as MatrixType;
    const products = columnsOf(y).map((column) => a.dot(nodeOf(x), column));
    return build(b, { kind: 'vector', size: count as 2 | 3 | 4, element: element.element }, products);
  }
  const a = new Arithmetic(b, left.type.element);
  const columns = columnsOf(x);
  if (operator !== '*') {
    const others = columnsOf(y);
    return matrix(columns.map((column, i) => a.op(operator, column, others[i])));
  }
  if (right.type.kind === 'scalar') {
    const factor = a.spread(nodeOf(y));
    return matrix(columns.map((column) => a.mul(column, factor)));
  }
  const timesVector = (type: Type, vector: Node): Node => {
    if (type.kind !== 'vector') throw new Error('internal: a vector was expected');
    return columns.map((column, i) => a.mul(column, a.spread(lane(b, type, vector, i)))).reduce(a.add);
  };
  if (!isMatrix(right.type)) return timesVector(right.type, nodeOf(y));
  const { element } = right.type;
  return matrix(columnsOf(y).map((column) => timesVector(element, column)));
}

/** From f32 to f16 and back. */
export function lowerMatrixConversion(b: Builder, { type, operand }: Convert, value: Value): Value {
  const [from, to] = [operand.type, type] as MatrixType[];
  return matrix(columnsOf(value).map((column) => convert(b, from.element, to.element, column)));
}

/** `transpose` and `determinant`. */
export function lowerMatrixBuiltin(b: Builder, { name, type, args }: BuiltinCall, value: Value): Value {
  const { element } = args[0].type as MatrixType;
  const lanes = columnsOf(value).map((column) =>
    Array.from({ length: element.size }, (_, r) => lane(b, element, column, r)),
  );
  if (name === 'determinant') return determinantOf(lanes, new Arithmetic(b, element.element));
  const column = (type as MatrixType).element;
  return matrix(
    lanes[0].map((_, r) =>
      build(
        b,
        column,
        lanes.map((scalars) => scalars[r]),
      ),
    ),
  );
}
