/** Reaching into composites: `base[index]`, `base.member`, swizzles; on values and on memory. */
import type { IndexExpression, MemberExpression, Span } from '../syntax/ast.ts';
import type { Context, Operand, Stage } from './context.ts';
import { checkExpression, checkValue } from './expressions.ts';
import { concretize, constantOperand, load, placeOperand, toExpression, valueOperand } from './operand.ts';
import type { Expression, Place } from './program.ts';
import {
  type ArrayType,
  I32,
  type PointerType,
  type StructType,
  type Type,
  typeName,
  U32,
  type VectorType,
  vectorOrScalar,
} from './types.ts';
import type { Value } from './values.ts';

/** The place that a pointer value points to. */
export function dereference(span: Span, pointer: Operand): Operand {
  const expression = toExpression(pointer);
  if (expression.kind === 'addressOf') return placeOperand(span, expression.place);
  const { storeType: type, addressSpace, access } = pointer.type as PointerType;
  return placeOperand(span, {
    kind: 'deref',
    pos: span.start,
    type,
    addressSpace,
    access,
    pointer: expression,
  });
}

/** The composite to reach into; pointers are followed (`p.x` is `(*p).x`). */
function checkBase(ctx: Context, expression: IndexExpression['base']): Operand {
  const base = checkExpression(ctx, expression);
  return base.type.kind === 'pointer' && !base.place ? dereference(expression, base) : base;
}

export function checkIndex(ctx: Context, expression: IndexExpression): Operand {
  const reference = checkBase(ctx, expression.base);
  const { type } = reference;
  if (type.kind !== 'array' && type.kind !== 'vector') {
    ctx.fail(expression.base, `'${typeName(type)}' cannot be indexed: only arrays, matrices and vectors can`);
  }
  const index = concretize(ctx, checkValue(ctx, expression.index));
  if (index.type !== I32 && index.type !== U32) {
    ctx.fail(expression.index, `an index must be of type i32 or u32, not '${typeName(index.type)}'`);
  }
  if (index.value !== undefined) checkBounds(ctx, index, type);
  const pos = expression.start;
  if (reference.place?.kind === 'swizzle' && index.value !== undefined) {
    const component = reference.place.components[Number(index.value)] ?? 0;
    return swizzlePlace(expression, reference.place.base, [component], type.element);
  }
  // With an index that is not known, a swizzle of memory is no memory view: `v.xy[i]` indexes the loaded value.
  const base = reference.place?.kind === 'swizzle' ? load(ctx, reference) : reference;
  if (base.place) {
    const { addressSpace, access } = base.place;
    return placeOperand(expression, {
      kind: 'index',
      pos,
      type: type.element,
      addressSpace,
      access,
      base: base.place,
      index: toExpression(index),
    });
  }
  const stage = Math.max(base.stage, index.stage) as Stage;
  if (base.value !== undefined && index.value !== undefined) {
    const parts = base.value as readonly Value[];
    // Out of bounds only where that does not matter; any value of the type does there.
    const value = parts[Number(index.value)] ?? parts[0];
    return constantOperand(expression, type.element, value, stage);
  }
  const concrete = concretize(ctx, base);
  const { element } = concrete.type as ArrayType | VectorType;
  const lowered: Expression =
    type.kind === 'vector' && index.value !== undefined
      ? {
          kind: 'swizzle',
          pos,
          type: element,
          operand: toExpression(concrete),
          components: [Number(index.value)],
        }
      : { kind: 'extract', pos, type: element, base: toExpression(concrete), index: toExpression(index) };
  return valueOperand(expression, lowered, stage);
}

function checkBounds(ctx: Context, index: Operand, type: ArrayType | VectorType): void {
  const count = type.kind === 'vector' ? type.size : type.count;
  const value = Number(index.value);
  const unknown = count === null || (type.kind === 'array' && type.overrideCount?.count === null);
  if (ctx.unevaluated > 0 || (value >= 0 && (unknown || value < count))) return;
  const range = unknown ? 'it must not be negative' : `'${typeName(type)}' has the indices 0 to ${count - 1}`;
  ctx.failAt(index, index.stage, `the index ${value} is out of bounds: ${range}`);
}

export function checkMember(ctx: Context, expression: MemberExpression): Operand {
  const base = checkBase(ctx, expression.base);
  if (base.type.kind === 'struct') return checkStructMember(ctx, expression, base, base.type);
  if (base.type.kind === 'vector') return checkSwizzle(ctx, expression, base, base.type);
  return ctx.fail(
    expression.member,
    `'${typeName(base.type)}' has no members: only structures and vectors do`,
  );
}

function checkStructMember(
  ctx: Context,
  expression: MemberExpression,
  base: Operand,
  type: StructType,
): Operand {
  const { name } = expression.member;
  const member = type.members.find((m) => m.name === name);
  if (!member) {
    const names = type.members.map((m) => m.name).join(', ');
    ctx.fail(expression.member, `the structure '${type.name}' has no member '${name}'; it has ${names}`);
  }
  const pos = expression.start;
  if (base.place) {
    const { addressSpace, access } = base.place;
    return placeOperand(expression, {
      kind: 'member',
      pos,
      type: member.type,
      addressSpace,
      access,
      base: base.place,
      member: member.index,
    });
  }
  if (base.value !== undefined) {
    const value = (base.value as readonly Value[])[member.index];
    return constantOperand(expression, member.type, value, base.stage);
  }
  return valueOperand(
    expression,
    { kind: 'member', pos, type: member.type, base: toExpression(base), member: member.index },
    base.stage,
  );
}

function checkSwizzle(ctx: Context, expression: MemberExpression, base: Operand, type: VectorType): Operand {
  const components = swizzleComponents(ctx, expression, type);
  const resultType: Type = vectorOrScalar(components.length, type.element);
  const pos = expression.start;
  if (base.place?.kind === 'swizzle') {
    const outer = base.place.components;
    return swizzlePlace(
      expression,
      base.place.base,
      components.map((c) => outer[c]),
      resultType,
    );
  }
  if (base.place) return swizzlePlace(expression, base.place, components, resultType);
  if (base.value !== undefined) {
    const parts = base.value as readonly Value[];
    const value = components.length === 1 ? parts[components[0]] : components.map((c) => parts[c]);
    return constantOperand(expression, resultType, value, base.stage);
  }
  return valueOperand(
    expression,
    { kind: 'swizzle', pos, type: resultType, operand: toExpression(load(ctx, base)), components },
    base.stage,
  );
}

/** Components of a vector in memory: one is a place like any other, several can only be loaded or assigned. */
function swizzlePlace(span: Span, base: Place, components: number[], type: Type): Operand {
  const { addressSpace, access } = base;
  const common = { pos: span.start, type, addressSpace, access, base };
  if (components.length > 1) return placeOperand(span, { kind: 'swizzle', ...common, components });
  const index: Expression = { kind: 'constant', pos: span.start, type: I32, value: components[0] };
  return placeOperand(span, { kind: 'index', ...common, index });
}

function swizzleComponents(ctx: Context, expression: MemberExpression, type: VectorType): number[] {
  const { name } = expression.member;
  const letters = /^[xyzw]{1,4}$/.test(name) ? 'xyzw' : /^[rgba]{1,4}$/.test(name) ? 'rgba' : null;
  if (!letters) {
    ctx.fail(
      expression.member,
      `'${name}' is not a swizzle: write one to four letters of xyzw, or of rgba, unmixed`,
    );
  }
  const components = [...name].map((letter) => letters.indexOf(letter));
  const beyond = components.findIndex((c) => c >= type.size);
  if (beyond >= 0) ctx.fail(expression.member, `'${typeName(type)}' has no component '${name[beyond]}'`);
  return components;
}
