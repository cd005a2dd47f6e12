/** Structure declarations and the layout rules that depend on where a type is stored. */
import { rare } from '../rare.ts';
import type { Span, StructDeclaration } from '../syntax/ast.ts';
import { integerArgument, readAttributes } from './attributes.ts';
import type { Context } from './context.ts';
import { type Interface, memberInterfaces } from './interfaces.ts';
import { isFixedSize, resolveType } from './resolve.ts';
import {
  alignOf,
  hasLayout,
  isMatrix,
  type MemberSpec,
  makeStruct,
  roundUp,
  type StructType,
  sizeOf,
  type Type,
  typeName,
} from './types.ts';

/** As in Tint. */
const MAX_NESTING = 255;
const nestings = new WeakMap<StructType, number>();

/** How many structures and arrays lie inside each other. */
function nestingOf(type: Type): number {
  if (type.kind === 'array') return type.matrix ? 0 : 1 + nestingOf(type.element);
  return type.kind === 'struct' ? (nestings.get(type) ?? 1) : 0;
}

export function declareStruct(ctx: Context, declaration: StructDeclaration): StructType {
  const seen = new Set<string>();
  const interfaces: (Interface | null)[] = [];
  const specs = declaration.members.map((member, index): MemberSpec => {
    const { name, type: typeExpression } = member;
    if (seen.has(name.name)) ctx.fail(name, `the member '${name.name}' is declared twice`);
    seen.add(name.name);
    const type = resolveType(ctx, typeExpression);
    checkMemberType(ctx, typeExpression, type, index === declaration.members.length - 1);
    const attributes = readAttributes(
      ctx,
      member.attributes,
      ['align', 'size', 'builtin', 'location', 'interpolate', 'invariant', 'blend_src'],
      'a structure member',
    );
    const isLayout = [...attributes.keys()].every((key) => key === 'align' || key === 'size');
    interfaces.push(isLayout ? null : rare().readInterface(ctx, attributes, type));
    return { name: name.name, type, ...memberLayout(ctx, attributes, type) };
  });
  if (specs.some((spec) => nestingOf(spec.type) >= MAX_NESTING)) {
    ctx.fail(declaration.name, `structures and arrays are nested more than ${MAX_NESTING} levels deep here`);
  }
  const struct = makeStruct(declaration.name.name, specs);
  nestings.set(struct, 1 + Math.max(...specs.map((spec) => nestingOf(spec.type))));
  if (interfaces.some(Boolean)) memberInterfaces.set(struct, interfaces);
  ctx.structs.push(struct);
  return struct;
}

function checkMemberType(ctx: Context, span: Span, type: Type, isLast: boolean): void {
  if (!hasLayout(type)) ctx.fail(span, `'${typeName(type)}' cannot be the type of a structure member`);
  if (type.kind === 'array' && type.overrideCount) {
    ctx.fail(
      span,
      "an array whose size an override decides can only be the whole type of a 'workgroup' variable",
    );
  }
  if (isFixedSize(type)) return;
  if (type.kind === 'struct')
    ctx.fail(span, `'${type.name}' holds a runtime-sized array and cannot be a member`);
  if (!isLast) ctx.fail(span, 'a runtime-sized array must be the last member of its structure');
}

function memberLayout(
  ctx: Context,
  attributes: ReturnType<typeof readAttributes>,
  type: Type,
): { align?: number; size?: number } {
  const layout: { align?: number; size?: number } = {};
  const align = attributes.get('align');
  if (align) {
    const value = integerArgument(ctx, align, 1);
    if ((value & (value - 1)) !== 0) ctx.fail(align, `'@align' must be a power of two, not ${value}`);
    if (value % alignOf(type) !== 0) {
      ctx.fail(
        align,
        `'@align(${value})' must be a multiple of ${alignOf(type)}, the alignment of '${typeName(type)}'`,
      );
    }
    layout.align = value;
  }
  const size = attributes.get('size');
  if (size) {
    if (!isFixedSize(type)) ctx.fail(size, "'@size' cannot stand on a runtime-sized array");
    const value = integerArgument(ctx, size, 1);
    if (value < sizeOf(type)) {
      ctx.fail(size, `'@size(${value})' must be at least ${sizeOf(type)}, the size of '${typeName(type)}'`);
    }
    layout.size = value;
  }
  return layout;
}

/**
 * WGSL's original constraint on uniform buffers: array strides, and the offsets and extents of members of structure
 * type, are multiples of 16 bytes. Returns what breaks it, or `null`.
 */
export function uniformLayoutProblem(type: Type): string | null {
  if (isMatrix(type)) return null;
  if (type.kind === 'array') {
    if (type.stride % 16 !== 0) {
      return (
        `'${typeName(type)}' has a stride of ${type.stride} bytes; ` +
        "in 'uniform' buffers it must be a multiple of 16"
      );
    }
    return uniformLayoutProblem(type.element);
  }
  if (type.kind !== 'struct') return null;
  for (const member of type.members) {
    const isComposite =
      member.type.kind === 'struct' || (member.type.kind === 'array' && !member.type.matrix);
    const needed = isComposite ? 16 : 1;
    if (member.offset % needed !== 0) {
      return (
        `the member '${member.name}' of '${type.name}' is at offset ${member.offset}; ` +
        "in 'uniform' buffers it must be a multiple of 16"
      );
    }
    const next = type.members[member.index + 1];
    if (
      member.type.kind === 'struct' &&
      next &&
      next.offset < member.offset + roundUp(16, member.type.size)
    ) {
      return (
        `the member '${next.name}' of '${type.name}' must start at least ` +
        `${roundUp(16, member.type.size)} bytes after '${member.name}' in 'uniform' buffers`
      );
    }
    const inner = uniformLayoutProblem(member.type);
    if (inner) return inner;
  }
  return null;
}
