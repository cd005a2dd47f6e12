/** Expressions: from syntax to operands with types, values and places. */
import { rare } from '../rare.ts';
import type { Expression, Identifier, UnaryExpression } from '../syntax/ast.ts';
import { checkIndex, checkMember, dereference } from './access.ts';
import { checkBinary } from './binary.ts';
import { overloadsOf } from './builtins/table.ts';
import { checkCall } from './calls.ts';
import { CONST, type Context, type Operand, OVERRIDE, RUNTIME } from './context.ts';
import { checkNumber } from './literals.ts';
import {
  constantOperand,
  elementOf,
  expectType,
  load,
  placeOperand,
  rootVariable,
  toExpression,
  valueOperand,
} from './operand.ts';
import { foldUnary } from './operators.ts';
import { ACCESS_MODES, ADDRESS_SPACES } from './predeclared.ts';
import { lookup, namesType } from './resolve.ts';
import { BOOL, pointerTo, type ScalarType, type Type, typeName, U32 } from './types.ts';
import { isFloat, isNumeric, zeroValue } from './values.ts';

/** Checks an expression; the result may be a reference that is not loaded yet. */
export function checkExpression(ctx: Context, expression: Expression): Operand {
  switch (expression.kind) {
    case 'number':
      return checkNumber(ctx, expression);
    case 'bool':
      return constantOperand(expression, BOOL, expression.value);
    case 'identifier':
      return checkIdentifier(ctx, expression);
    case 'unary':
      return checkUnary(ctx, expression);
    case 'binary':
      return checkBinary(ctx, expression);
    case 'call': {
      const result = checkCall(ctx, expression);
      if (result.kind === 'statement') {
        ctx.fail(expression, `'${expression.callee.name}' returns nothing, but a value is needed here`);
      }
      return result.operand;
    }
    case 'index':
      return checkIndex(ctx, expression);
    case 'member':
      return checkMember(ctx, expression);
  }
}

/** Checks an expression and loads it if it is a reference. */
export function checkValue(ctx: Context, expression: Expression): Operand {
  return load(ctx, checkExpression(ctx, expression));
}

/** A value that must have, or convert to, the given type. */
export function checkTyped(ctx: Context, expression: Expression, type: Type, what: string): Operand {
  return expectType(ctx, checkValue(ctx, expression), type, what);
}

function checkIdentifier(ctx: Context, identifier: Identifier): Operand {
  const { name } = identifier;
  const entity = lookup(ctx, name, identifier);
  if (!entity) {
    if (namesType(ctx, identifier)) ctx.fail(identifier, `the type '${name}' is used as a value`);
    if (overloadsOf(name)) ctx.fail(identifier, `the builtin function '${name}' is used as a value; call it`);
    if (ADDRESS_SPACES.has(name) || ACCESS_MODES.has(name)) {
      ctx.fail(identifier, `'${name}' can only stand in a template list`);
    }
    return rare().unresolved(ctx, identifier, name, 'name');
  }
  if (identifier.templateArgs) ctx.fail(identifier, `'${name}' takes no template arguments`);
  switch (entity.kind) {
    case 'const':
      return constantOperand(identifier, entity.type, entity.value);
    case 'override': {
      const { value } = entity.override;
      if (value !== null) return constantOperand(identifier, entity.type, value, OVERRIDE);
      if (ctx.resolve) {
        const key = entity.override.id === null ? name : String(entity.override.id);
        ctx.failAt(
          identifier,
          OVERRIDE,
          `the override '${name}' has no default and no value was given; pass overrides: { '${key}': ... }`,
        );
        return constantOperand(identifier, entity.type, zeroValue(entity.type), OVERRIDE);
      }
      // Only while no values are known: stands for the override in a program that is checked, never lowered.
      const unknown = { kind: 'constant', pos: identifier.start, type: entity.type, value: 0 } as const;
      return valueOperand(identifier, unknown, OVERRIDE);
    }
    case 'variable': {
      const { variable } = entity;
      if (!ctx.current) ctx.fail(identifier, `the variable '${name}' cannot be used at module scope`);
      if (variable.addressSpace !== 'function') ctx.current.variables.add(variable);
      const { storeType: type, addressSpace, access } = variable;
      return placeOperand(identifier, {
        kind: 'variable',
        pos: identifier.start,
        type,
        addressSpace,
        access,
        variable,
      });
    }
    case 'let':
    case 'parameter': {
      const declaration = entity.kind === 'let' ? entity.declaration : entity.parameter;
      return valueOperand(identifier, {
        kind: 'value',
        pos: identifier.start,
        type: declaration.type,
        declaration,
      });
    }
    case 'type':
      return ctx.fail(identifier, `the type '${name}' is used as a value`);
    case 'function':
      return ctx.fail(identifier, `the function '${name}' is used as a value; call it`);
  }
}

function checkUnary(ctx: Context, expression: UnaryExpression): Operand {
  const { operator } = expression;
  if (operator === '&') return checkAddressOf(ctx, expression);
  const operand = checkValue(ctx, expression.operand);
  if (operator === '*') {
    if (operand.type.kind !== 'pointer') {
      ctx.fail(expression, `'*' takes a pointer, not '${typeName(operand.type)}'`);
    }
    return dereference(expression, operand);
  }
  const element = elementOf(operand.type);
  if (!element || !unaryAccepts(operator, element)) {
    const wanted =
      operator === '!'
        ? 'bool or a vector of bool'
        : operator === '~'
          ? 'an integer or a vector of integers'
          : 'a signed number or a vector of them';
    ctx.fail(expression, `'${operator}' takes ${wanted}, not '${typeName(operand.type)}'`);
  }
  const { value, type, stage } = operand;
  if (value !== undefined) {
    const result = ctx.evaluate(operand, stage, type, () => foldUnary(operator, value, element));
    return constantOperand(expression, type, result, stage);
  }
  const lowered = {
    kind: 'unary',
    pos: expression.start,
    type,
    operator,
    operand: toExpression(operand),
  } as const;
  return valueOperand(expression, lowered, stage);
}

function unaryAccepts(operator: '-' | '!' | '~', element: ScalarType): boolean {
  if (operator === '!') return element === BOOL;
  if (operator === '~') return element !== BOOL && !isFloat(element);
  return isNumeric(element) && element !== U32;
}

function checkAddressOf(ctx: Context, expression: UnaryExpression): Operand {
  const operand = checkExpression(ctx, expression.operand);
  const { place } = operand;
  if (!place) ctx.fail(expression.operand, "'&' takes a variable or a part of one, not a value");
  if (place.addressSpace === 'handle') ctx.fail(expression, 'the address of a texture cannot be taken');
  if (place.kind === 'swizzle' || (place.kind === 'index' && place.base.type.kind === 'vector')) {
    ctx.fail(expression.operand, 'the address of a vector component cannot be taken');
  }
  const variable = rootVariable(place);
  if (variable) variable.addressTaken = true;
  const type = pointerTo(place.addressSpace, place.type, place.access);
  if (place.kind === 'deref') return valueOperand(expression, place.pointer);
  return valueOperand(expression, { kind: 'addressOf', pos: expression.start, type, place });
}

/** A const-expression; anything later is refused. */
export function checkConst(ctx: Context, expression: Expression, what: string): Operand {
  const operand = checkValue(ctx, expression);
  if (operand.stage !== CONST) ctx.fail(expression, `${what} must be a const-expression`);
  return operand;
}

/** A const-expression or override-expression. */
export function checkEarly(ctx: Context, expression: Expression, what: string): Operand {
  const operand = checkValue(ctx, expression);
  if (operand.stage === RUNTIME)
    ctx.fail(expression, `${what} must be a const-expression or override-expression`);
  return operand;
}
