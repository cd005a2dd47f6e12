/** Textures: their types, and the builtin functions on them. */
import type { CallExpression, Identifier } from '../syntax/ast.ts';
import { builtinValue, type CallResult } from './builtins/memory.ts';
import type { Context, Operand } from './context.ts';
import { concretize, expectType, toExpression } from './operand.ts';
import { ACCESS_MODES } from './predeclared.ts';
import { lookup, resolveEnumerant, resolveTypeArgument } from './resolve.ts';
import { isTier1Format, STORAGE_FORMATS, type TexelFormat, texelFormat } from './texel-formats.ts';
import {
  type AccessMode,
  F32,
  I32,
  type ScalarType,
  type TextureType,
  typeName,
  U32,
  vectorOf,
  vectorOrScalar,
} from './types.ts';

const types = new Map<string, TextureType>();

/** The one object that stands for the type. */
function interned(type: TextureType): TextureType {
  const key = typeName(type);
  const known = types.get(key) ?? type;
  types.set(key, known);
  return known;
}

const elementOf = ({ kind }: TexelFormat): ScalarType =>
  kind === 'uint' ? U32 : kind === 'sint' ? I32 : F32;

/** The type that `texture_storage_2d<rgba8unorm, write>`, `texture_2d<f32>` and the like denote. */
export function resolveTexture(ctx: Context, identifier: Identifier): TextureType {
  const { name, templateArgs } = identifier;
  const shape = {
    kind: 'texture',
    name,
    dimensions: Number(/(\d)d/.exec(name)?.[1]) as 1 | 2 | 3,
    arrayed: name.endsWith('array'),
  } as const;
  const [format, mode] = templateArgs ?? [];
  if (!name.includes('storage')) {
    const element = templateArgs?.length === 1 ? resolveTypeArgument(ctx, format) : null;
    if (element !== F32 && element !== I32 && element !== U32)
      ctx.fail(identifier, `'${name}' takes f32, i32 or u32, e.g. '${name}<f32>'`);
    return interned({ ...shape, format: null, access: 'read', element: element as ScalarType });
  }
  if (templateArgs?.length !== 2) {
    ctx.fail(
      identifier,
      `'${name}' takes a texel format and an access mode, e.g. '${name}<rgba8unorm, write>'`,
    );
  }
  if (format.kind === 'identifier' && isTier1Format(format.name) && !lookup(ctx, format.name, format))
    ctx.unsupported(format, `the texel format '${format.name}' is`);
  const texels = resolveEnumerant(ctx, format, STORAGE_FORMATS, 'a texel format');
  return interned({
    ...shape,
    format: texels,
    access: resolveEnumerant(ctx, mode, ACCESS_MODES, 'an access mode') as AccessMode,
    element: elementOf(texelFormat(texels) as TexelFormat),
  });
}

/** An operand of whole numbers, signed or not. */
function integers(ctx: Context, arg: Operand, size: number, what: string): Operand {
  const operand = concretize(ctx, arg);
  const [signed, unsigned] = [I32, U32].map((scalar) => vectorOrScalar(size, scalar));
  if (operand.type !== signed && operand.type !== unsigned) {
    const wanted = `'${typeName(signed)}' or '${typeName(unsigned)}'`;
    ctx.fail(arg, `${what} must be of type ${wanted}, not '${typeName(operand.type)}'`);
  }
  return operand;
}

/** A call of a builtin for which `isTextureFunction` holds. */
export function checkTextureBuiltin(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  const { name, templateArgs } = call.callee;
  if (templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  const type = args[0]?.type;
  if (type?.kind !== 'texture')
    ctx.fail(args[0] ?? call, `'${name}' takes a texture${type ? `, not '${typeName(type)}'` : ''}`);
  const { dimensions, arrayed, access, element, format } = type;
  const is = (wanted: string) => name === `texture${wanted}`;
  if (is('NumLayers') && !arrayed) ctx.fail(args[0], `'${name}' takes a texture with layers`);
  const cannot = (is('Load') && access === 'write') || (is('Store') && access === 'read');
  if (cannot || (is('NumLevels') && format))
    ctx.fail(args[0], `'${name}' cannot be used on '${typeName(type)}'`);
  const texel = vectorOf(4, element);
  const parts: ((arg: Operand) => Operand)[] = [(arg) => arg];
  if (is('Load') || is('Store')) {
    parts.push((arg) => integers(ctx, arg, dimensions, 'the coordinates'));
    if (arrayed) parts.push((arg) => integers(ctx, arg, 1, 'the layer'));
  }
  if (!format && (is('Load') || (is('Dimensions') && args.length > 1)))
    parts.push((arg) => integers(ctx, arg, 1, 'the level'));
  if (is('Store')) parts.push((arg) => expectType(ctx, arg, texel, 'the texel'));
  if (args.length !== parts.length) {
    ctx.fail(
      call,
      `'${name}' of '${typeName(type)}' takes ${parts.length} arguments, but ${args.length} are given`,
    );
  }
  const operands = args.map((arg, i) => parts[i](arg));
  if (is('Store')) {
    const lowered = operands.map(toExpression);
    return {
      kind: 'statement',
      statement: { kind: 'builtin', pos: call.start, name: 'textureStore', args: lowered },
    };
  }
  const size = is('Dimensions') ? dimensions : 1;
  return builtinValue(call, operands, is('Load') ? texel : vectorOrScalar(size, U32), { mustUse: true });
}
