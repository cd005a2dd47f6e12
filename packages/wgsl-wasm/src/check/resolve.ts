/** From names to what they stand for, and from type expressions to types. */
import { rare } from '../rare.ts';
import type { Expression as AstExpression, Identifier, Span } from '../syntax/ast.ts';
import { CONST, type Context, type Entity, RUNTIME, type Stage } from './context.ts';
import { checkValue } from './expressions.ts';
import { resolveGlobal } from './module.ts';
import { isTexture, TYPE_GENERATORS, TYPES, unsupportedType } from './predeclared.ts';
import {
  type AccessMode,
  type AddressSpace,
  arrayOf,
  atomicOf,
  F16,
  I32,
  type OverrideCount,
  overrideArrayOf,
  sizeOf,
  type Type,
  typeName,
  U32,
  vectorOf,
} from './types.ts';
import { isInteger } from './values.ts';

/** The declaration that a name means here, or `null` if only a predeclared meaning is left. */
export function lookup(ctx: Context, name: string, span: Span): Entity | null {
  for (let scope = ctx.scope; scope; scope = scope.parent) {
    const found = scope.names.get(name);
    if (!found) continue;
    if (scope.loop?.inContinuing && found.order >= scope.loop.continueAt) {
      ctx.fail(span, `'${name}' cannot be used here: a 'continue' before its declaration may skip it`);
    }
    return found.entity;
  }
  const global = ctx.globals.get(name);
  return global ? resolveGlobal(ctx, global, span) : null;
}

/** Whether the name means a type here, declared or predeclared. */
export function namesType(ctx: Context, identifier: Identifier): boolean {
  const entity = lookup(ctx, identifier.name, identifier);
  if (entity) return entity.kind === 'type';
  const { name } = identifier;
  return TYPES.has(name) || TYPE_GENERATORS.has(name) || unsupportedType(name) !== null;
}

const isHalf = (type: Type): boolean =>
  type === F16 || ((type.kind === 'vector' || type.kind === 'array') && isHalf(type.element));

/** The type that a type expression denotes. */
export function resolveType(ctx: Context, identifier: Identifier): Type {
  const { name, templateArgs } = identifier;
  const entity = lookup(ctx, name, identifier);
  if (entity) {
    if (entity.kind !== 'type') ctx.fail(identifier, `'${name}' is not a type`);
    if (templateArgs) ctx.fail(identifier, `the type '${name}' takes no template arguments`);
    return entity.type;
  }
  const plain = TYPES.get(name);
  if (plain) {
    if (templateArgs) ctx.fail(identifier, `the type '${name}' takes no template arguments`);
    if (isHalf(plain)) rare().requireF16(ctx, identifier, `the type '${name}'`);
    return plain;
  }
  if (isTexture(name)) return rare().resolveTexture(ctx, identifier);
  const unsupported = unsupportedType(name);
  if (unsupported) ctx.unsupported(identifier, unsupported);
  if (!TYPE_GENERATORS.has(name)) rare().unresolved(ctx, identifier, name, 'type');
  if (name === 'buffer') return rare().resolveBuffer(ctx, identifier);
  if (!templateArgs)
    ctx.fail(
      identifier,
      `'${name}' needs template arguments here, e.g. '${EXAMPLES[name] ?? `${name}<f32>`}'`,
    );
  return generateType(ctx, identifier, name, templateArgs);
}

const EXAMPLES: Record<string, string> = {
  array: 'array<f32, 4>',
  atomic: 'atomic<u32>',
  ptr: 'ptr<function, f32>',
};

export function expectCount(ctx: Context, identifier: Identifier, least: number, most: number): void {
  const count = identifier.templateArgs?.length ?? 0;
  if (count >= least && count <= most) return;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  ctx.fail(identifier, `'${identifier.name}' takes ${wanted} template arguments, not ${count}`);
}

function generateType(ctx: Context, identifier: Identifier, name: string, args: AstExpression[]): Type {
  switch (name) {
    case 'array': {
      expectCount(ctx, identifier, 1, 2);
      const element = resolveElementType(ctx, args[0]);
      return args.length === 1 ? arrayOf(element, null) : sizedArray(ctx, element, args[1]);
    }
    case 'atomic': {
      expectCount(ctx, identifier, 1, 1);
      const element = resolveTypeArgument(ctx, args[0]);
      if (element !== I32 && element !== U32) {
        ctx.fail(args[0], `atomic takes i32 or u32, not '${typeName(element)}'`);
      }
      return atomicOf(element as typeof I32);
    }
    case 'ptr':
      expectCount(ctx, identifier, 2, 3);
      return rare().resolvePointer(ctx, args);
    default: {
      expectCount(ctx, identifier, 1, 1);
      const element = resolveTypeArgument(ctx, args[0]);
      if (name[0] === 'm') return rare().resolveMatrix(ctx, args[0], name, element);
      if (element.kind !== 'scalar') {
        ctx.fail(args[0], `'${name}' takes bool, i32, u32 or f32, not '${typeName(element)}'`);
      }
      return vectorOf(Number(name[3]) as 2 | 3 | 4, element);
    }
  }
}

export function resolveTypeArgument(ctx: Context, argument: AstExpression): Type {
  if (argument.kind !== 'identifier') ctx.fail(argument, 'expected a type');
  return resolveType(ctx, argument);
}

/** The element type of an array: anything of a size that is fixed when the shader runs, but no pointer. */
function resolveElementType(ctx: Context, argument: AstExpression): Type {
  const element = resolveTypeArgument(ctx, argument);
  if (['pointer', 'buffer', 'texture'].includes(element.kind)) {
    ctx.fail(argument, `'${typeName(element)}' cannot be an array element`);
  }
  if (!isFixedSize(element)) {
    ctx.fail(argument, 'an array element must have a fixed size: a runtime-sized array cannot be nested');
  }
  if (element.kind === 'array' && element.overrideCount) {
    ctx.fail(
      argument,
      "an array whose size an override decides can only be the whole type of a 'workgroup' variable",
    );
  }
  return element;
}

/** No runtime-sized array inside, and no runtime-sized buffer. */
export function isFixedSize(type: Type): boolean {
  if (type.kind === 'buffer') return type.size !== null;
  if (type.kind === 'array') return type.count !== null;
  if (type.kind === 'struct') return isFixedSize(type.members[type.members.length - 1].type);
  return true;
}

/** The size in a type (`what` in messages); its count is null while an override in it has no value. */
export function checkSize(
  ctx: Context,
  argument: AstExpression,
  what: string,
): { readonly stage: Stage; readonly count: number | null } {
  const { stage, type, value } = checkValue(ctx, argument);
  if (stage === RUNTIME) ctx.fail(argument, `${what} must be a const-expression or override-expression`);
  if (type.kind !== 'scalar' || !isInteger(type)) {
    ctx.fail(argument, `${what} must be an integer, not '${typeName(type)}'`);
  }
  const count = value === undefined ? null : Number(value);
  if (count !== null && count < 1) {
    const kind = stage === CONST ? 'type' : 'override';
    ctx.fail(argument, `${what} must be at least 1, not ${count}`, kind);
  }
  return { stage, count };
}

function sizedArray(ctx: Context, element: Type, argument: AstExpression): Type {
  const { stage, count } = checkSize(ctx, argument, 'an array size');
  if (count !== null && sizeOf(element) * count > 0xffffffff) {
    ctx.fail(argument, `an array must have less than 2^32 bytes, not ${sizeOf(element) * count}`);
  }
  if (stage === CONST) return arrayOf(element, count);
  return overrideArrayOf(element, overrideCountOf(ctx, argument, count));
}

const countsByOverride = new WeakMap<object, OverrideCount>();

/** What is sized by the same plain override name has one type; any other override-expression makes its own. */
export function overrideCountOf(ctx: Context, argument: AstExpression, count: number | null): OverrideCount {
  const entity = argument.kind === 'identifier' ? lookup(ctx, argument.name, argument) : null;
  if (entity?.kind !== 'override') return { count, types: new Map() };
  let found = countsByOverride.get(entity.override);
  if (!found) {
    found = { count, types: new Map() };
    countsByOverride.set(entity.override, found);
  }
  return found;
}

/** An enumerant in a template list: the name of an address space or access mode that no declaration hides. */
export function resolveEnumerant(
  ctx: Context,
  argument: AstExpression,
  names: ReadonlySet<string>,
  what: string,
): string {
  if (argument.kind === 'identifier' && !argument.templateArgs && names.has(argument.name)) {
    if (!lookup(ctx, argument.name, argument)) return argument.name;
  }
  ctx.fail(argument, `expected ${what} (${[...names].join(', ')})`);
}

/** The limit of Tint for arrays that are not in buffers. */
const MAX_ELEMENTS = 65536;

/** Says why `type` cannot be stored in `space`, or `null`. */
export function storeTypeProblem(space: AddressSpace, type: Type, access: AccessMode): string | null {
  const name = typeName(type);
  if (type.kind === 'pointer' || (type.kind === 'texture') !== (space === 'handle')) {
    return `'${name}' cannot be stored in a variable${type.kind === 'texture' ? ` of '${space}'` : ''}`;
  }
  if (type.kind === 'buffer') return rare().bufferProblem(space, type);
  if (space !== 'storage' && hasLargeArray(type)) {
    return `'${name}' has too many elements; outside of 'storage' an array can have at most ${MAX_ELEMENTS - 1}`;
  }
  if (space !== 'storage' && !isFixedSize(type)) {
    return `'${name}' holds a runtime-sized array, which only 'storage' variables can`;
  }
  if (space !== 'workgroup' && type.kind === 'array' && type.overrideCount) {
    return `'${name}': only 'workgroup' variables can have a size that an override decides`;
  }
  if (containsAtomic(type)) {
    if (space !== 'storage' && space !== 'workgroup') {
      return `'${name}' holds an atomic, which only 'storage' and 'workgroup' variables can`;
    }
    if (space === 'storage' && access !== 'read_write') {
      return `'${name}' holds an atomic: its storage variable needs the access mode read_write`;
    }
  }
  if (space === 'immediate' && containsArray(type)) {
    return `'${name}' is or holds an array, which 'immediate' variables cannot`;
  }
  if (['storage', 'uniform', 'immediate'].includes(space) && containsBool(type)) {
    return `'${name}' cannot be shared with the host: bool has no layout in '${space}' buffers; use u32`;
  }
  return null;
}

const some = (test: (type: Type) => boolean) => {
  const visit = (type: Type): boolean => {
    if (test(type)) return true;
    if (type.kind === 'array' || type.kind === 'vector') return visit(type.element);
    return type.kind === 'struct' && type.members.some((member) => visit(member.type));
  };
  return visit;
};

/**
 * Whether the type is, or holds, an array with more elements than a value or a variable outside of storage can have.
 */
export const hasLargeArray = some((type) => type.kind === 'array' && (type.count ?? 0) >= MAX_ELEMENTS);
export const containsAtomic = some((type) => type.kind === 'atomic');
const containsArray = some((type) => type.kind === 'array' && !type.matrix);
export const containsBool = some((type) => type.kind === 'scalar' && type.name === 'bool');

/** Whether values of the type can be made, passed and returned: no atomic, no runtime-sized or override-sized array. */
export function isConstructible(type: Type): boolean {
  if (type.kind === 'array')
    return type.count !== null && !type.overrideCount && isConstructible(type.element);
  if (type.kind === 'struct') return type.members.every((member) => isConstructible(member.type));
  return type.kind === 'scalar' || type.kind === 'vector';
}
