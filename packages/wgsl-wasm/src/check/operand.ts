/** Building operands, loading references, and converting between types. */
import type { Span } from '../syntax/ast.ts';
import { CONST, type Context, type Operand, RUNTIME, type Stage } from './context.ts';
import type { ConstantValue, Expression, Place, Variable } from './program.ts';
import { containsAtomic, hasLargeArray, isFixedSize } from './resolve.ts';
import {
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  arrayOf,
  F32,
  I32,
  isMatrix,
  type MatrixType,
  matrixOf,
  type ScalarType,
  type Type,
  typeName,
  vectorOf,
} from './types.ts';
import { concreteStructs, converts, convertValue, isAbstractScalar, type Value } from './values.ts';

export function constantOperand(span: Span, type: Type, value: Value, stage: Stage = CONST): Operand {
  return { start: span.start, end: span.end, type, stage, value, place: null, expression: null };
}

export function valueOperand(span: Span, expression: Expression, stage: Stage = RUNTIME): Operand {
  return {
    start: span.start,
    end: span.end,
    type: expression.type,
    stage,
    value: undefined,
    place: null,
    expression,
  };
}

export function placeOperand(span: Span, place: Place): Operand {
  return {
    start: span.start,
    end: span.end,
    type: place.type,
    stage: RUNTIME,
    value: undefined,
    place,
    expression: null,
  };
}

/** The expression for the back end. Abstract values must have been made concrete. */
export function toExpression(operand: Operand): Expression {
  if (operand.value !== undefined && !operand.expression) {
    return {
      kind: 'constant',
      pos: operand.start,
      type: operand.type,
      value: operand.value as ConstantValue,
    };
  }
  return operand.expression as Expression;
}

/** The load rule: a reference becomes the value stored there; values pass through. */
export function load(ctx: Context, operand: Operand): Operand {
  const { place } = operand;
  if (!place) return operand;
  if (place.type.kind === 'atomic') {
    ctx.fail(operand, `an atomic is read with atomicLoad(&...), not by its name ('${typeName(place.type)}')`);
  }
  if (place.type.kind === 'buffer') {
    const example = 'bufferView<u32>(&..., 0)';
    ctx.fail(operand, `a '${typeName(place.type)}' has no value: read a part of it by a view, '*${example}'`);
  }
  if (containsAtomic(place.type) || !isFixedSize(place.type)) {
    const reason = isFixedSize(place.type) ? 'it holds an atomic' : 'it holds a runtime-sized array';
    ctx.fail(operand, `a value of type '${typeName(place.type)}' cannot be read as a whole: ${reason}`);
  }
  if (hasLargeArray(place.type)) {
    ctx.fail(
      operand,
      `a value of type '${typeName(place.type)}' cannot be read as a whole: it has too many elements`,
    );
  }
  const pos = operand.start;
  const { type: of } = place;
  if (of.kind === 'texture') return valueOperand(operand, { kind: 'addressOf', pos, type: of, place });
  if (place.kind !== 'swizzle') return valueOperand(operand, { kind: 'load', pos, type: place.type, place });
  const whole: Expression = { kind: 'load', pos, type: place.base.type, place: place.base };
  const { components, type } = place;
  return valueOperand(operand, { kind: 'swizzle', pos, type, operand: whole, components });
}

/** The variable a place is part of; `null` if it is reached through a pointer. */
export function rootVariable(place: Place): Variable | null {
  let at = place;
  while (at.kind !== 'variable') {
    if (at.kind === 'deref') return null;
    at = at.base;
  }
  return at.variable;
}

/** The element type of a scalar or vector. */
export function elementOf(type: Type): ScalarType | null {
  return type.kind === 'scalar' ? type : type.kind === 'vector' ? type.element : null;
}

export function isAbstract(type: Type): boolean {
  if (type.kind === 'scalar') return isAbstractScalar(type);
  if (type.kind === 'vector' || type.kind === 'array') return isAbstract(type.element);
  return type.kind === 'struct' && concreteStructs.has(type);
}

/** The concrete type that an abstract one takes where nothing else is asked: i32, f32. */
export function concreteType(type: Type): Type {
  if (type === ABSTRACT_INT) return I32;
  if (type === ABSTRACT_FLOAT) return F32;
  if (type.kind === 'vector') return vectorOf(type.size, concreteType(type.element) as ScalarType);
  if (isMatrix(type)) return matrixOf(type.count, concreteType(type.element) as MatrixType['element']);
  if (type.kind === 'array') return isAbstract(type) ? arrayOf(concreteType(type.element), type.count) : type;
  if (type.kind === 'struct') return concreteStructs.get(type) ?? type;
  return type;
}

/** Converts to a type for which `converts` holds; the value must fit. */
export function coerce(ctx: Context, operand: Operand, type: Type): Operand {
  if (operand.type === type) return operand;
  const { value } = operand;
  if (value === undefined) throw new Error(`no value of '${typeName(operand.type)}' to convert`);
  const converted = ctx.evaluate(operand, operand.stage, type, () => convertValue(value, operand.type, type));
  return constantOperand(operand, type, converted, operand.stage);
}

export function concretize(ctx: Context, operand: Operand): Operand {
  return coerce(ctx, operand, concreteType(operand.type));
}

/** Converts to the wanted type or says what does not fit; `what` names the place, e.g. "the initializer of 'x'". */
export function expectType(ctx: Context, operand: Operand, type: Type, what: string): Operand {
  if (!converts(operand.type, type)) {
    const hint = explicitConversion(operand.type, type);
    ctx.fail(operand, `${what} must be of type '${typeName(type)}', not '${typeName(operand.type)}'${hint}`);
  }
  return coerce(ctx, operand, type);
}

/** WGSL converts nothing but abstract numbers by itself; name the conversion that a newcomer looks for. */
function explicitConversion(from: Type, to: Type): string {
  const a = elementOf(from);
  const b = elementOf(to);
  if (!a || !b || a === b) return '';
  const sameShape = (from.kind === 'vector' ? from.size : 1) === (to.kind === 'vector' ? to.size : 1);
  return sameShape ? `; convert with '${typeName(to)}(...)'` : '';
}
