/**
 * Textures. A kernel gets the address of a description of each (`describe-texture.ts`), whose words do not change while
 * it runs. A load outside of a texture gives zeros, a store there does nothing.
 */
import type { Expression } from '../check/program.ts';
import { eachByte, largest, type TexelFormat, texelFormat } from '../check/texel-formats.ts';
import type { TextureType } from '../check/types.ts';
import type { CompiledBinding } from '../compile.ts';
import { AT, KINDS, LEVEL_BYTES } from '../describe-texture.ts';
import type { Builder } from './builder.ts';
import type { Plain } from './builtins/numeric.ts';
import { fromHalf, normalised, toHalf } from './builtins/packing.ts';
import type { Context } from './context.ts';
import { lowerExpression, lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { addressOf } from './linear.ts';
import { plain, type Value } from './values.ts';
import { f32x4, i32x4, lane, maskOf } from './vectors.ts';

/** What the caller of a kernel has to know of a texture. */
export const compiledTexture = ({
  name,
  format,
  access,
  element,
}: TextureType): Pick<CompiledBinding, 'access' | 'minimumBytes' | 'texture'> => ({
  access,
  minimumBytes: AT.levels + LEVEL_BYTES,
  texture: { name, format: format ?? element.name },
});

/** Reads of a texture's description: never outside of it, and the same throughout. */
const FIXED = { constant: true, safe: true };

/** A call of a builtin function on a texture; nothing of value comes of `textureStore`. */
export function lowerTexture(context: Context, name: string, args: readonly Expression[]): Value {
  const { b } = context;
  const texture = lowerExpression(context, args[0]);
  if (texture.kind !== 'pointer' || texture.place.kind !== 'memory' || texture.place.type.kind !== 'texture')
    throw new Error('internal: a texture was expected');
  const { base, type, byteLength } = texture.place;
  const operands = args.slice(1).map((arg) => lowerNode(context, arg));
  const last = operands[operands.length - 1];
  const value = name === 'textureStore' ? last : null;
  const count = b.value('i32.div_u', [
    b.value('i32.sub', [byteLength as Node, b.i32(AT.levels)]),
    b.i32(LEVEL_BYTES),
  ]);
  if (name === 'textureNumLevels') return count;
  let level = base;
  let inside: Node | null = null;
  if (!type.format && (name === 'textureLoad' || args.length > 1)) {
    inside = b.value('i32.lt_u', [last, count]);
    const kept = b.value('select', [last, b.i32(0), inside]);
    level = b.value('i32.add', [base, b.value('i32.mul', [kept, b.i32(LEVEL_BYTES)])]);
  }
  const word = (i: number) => b.load('i32.load', level, AT.levels + 4 * i, FIXED);
  if (name === 'textureNumLayers') return word(3);
  if (name === 'textureDimensions') {
    if (type.dimensions === 1) return word(1);
    return b.load(type.dimensions === 2 ? 'v128.load64_zero' : 'v128.load', level, AT.levels + 4, FIXED);
  }
  const coordinates = operands
    .slice(0, type.arrayed ? 2 : 1)
    .flatMap((node, i) => lanesOf(b, plain(args[1 + i].type), node));
  coordinates.forEach((x, axis) => {
    const size = word(1 + axis);
    if (b.isKnown('i32.lt_u', x, size)) return;
    const fits = b.value('i32.lt_u', [x, size]);
    inside = inside ? b.value('i32.and', [inside, fits]) : fits;
  });
  const index = coordinates.reduceRight((all, x, axis) =>
    b.value('i32.add', [b.value('i32.mul', [all, word(1 + axis)]), x]),
  );
  const format = type.format === null ? null : texelFormat(type.format);
  if (value && format) {
    const packed = encode(b, format, value);
    const { base: at, offset } = addressOf(b, word(0), index, format.bytes, 0);
    const store = () => b.effect(STORES[format.bytes], [at, packed], offset);
    if (inside) b.conditional(inside, store);
    else store();
    return packed;
  }
  // What is outside reads the first texel, so that nothing has to be asked before.
  const kept = inside ? b.value('select', [index, b.i32(0), inside]) : index;
  const info = (op: string, at: number) => b.load(op, base, at, FIXED);
  const { base: at, offset } = format
    ? addressOf(b, word(0), kept, format.bytes, 0)
    : addressOf(b, word(0), b.value('i32.mul', [kept, info('i32.load', AT.bytes)]), 1, 0);
  // Buffers have more than the bytes of a texel between them.
  const load = format ? LOADS[format.bytes] : 'v128.load';
  const raw = b.load(load, at, offset, { constant: type.access === 'read', safe: true });
  const texel = format ? decode(b, format, raw) : decodeAny(b, type, info, raw);
  return inside ? b.value('v128.and', [texel, maskOf(b, inside)]) : texel;
}

const LOADS: Record<number, string> = { 4: 'v128.load32_zero', 8: 'v128.load64_zero', 16: 'v128.load' };
const STORES: Record<number, string> = { 4: 'v128.store32_lane', 8: 'v128.store64_lane', 16: 'v128.store' };

/** The components of a scalar or a vector. */
function lanesOf(b: Builder, type: Plain, node: Node): Node[] {
  if (type.kind === 'scalar') return [node];
  return Array.from({ length: type.size }, (_, i) => lane(b, type, node, i));
}

/** A texel as it is in memory, from what a shader has. */
function encode(b: Builder, format: TexelFormat, value: Node): Node {
  const { bits, kind } = format;
  if (bits === 32) return value;
  const bytes = new Uint8Array(16);
  eachByte(format, (at, inLanes) => {
    bytes[at] = inLanes;
  });
  const bound = (op: string, x: Node, limit: number) => b.value(`i32x4.${op}`, [x, i32x4(b, limit)]);
  const lanes = {
    unorm: () => normalised(b, value, 0, largest(format)),
    snorm: () => normalised(b, value, -1, largest(format)),
    uint: () => bound('min_u', value, largest(format)),
    sint: () => bound('min_s', bound('max_s', value, -1 - largest(format)), largest(format)),
    float: () => toHalf(b, value),
  }[kind]();
  return b.value('i8x16.shuffle', [lanes, lanes], 0, bytes);
}

/** What a shader gets, from a texel as it is in memory with zeros behind it. */
function decode(b: Builder, format: TexelFormat, raw: Node): Node {
  const { channels, bits, kind } = format;
  const isFloat = kind !== 'uint' && kind !== 'sint';
  let lanes = raw;
  if (bits < 32) {
    // Each number goes to the top of its lane, so that a shift gives it its sign.
    const bytes = new Uint8Array(16).fill(16);
    eachByte(format, (at, inLanes) => {
      bytes[inLanes + 4 - bits / 8] = at;
    });
    const moved = b.value('i8x16.shuffle', [raw, b.v128(new Uint8Array(16))], 0, bytes);
    const sign = kind[0] === 's' ? 's' : 'u';
    lanes = b.value(`i32x4.shr_${sign}`, [moved, b.i32(32 - bits)]);
    if (kind === 'float') lanes = fromHalf(b, lanes);
    else if (isFloat) {
      const number = b.value(`f32x4.convert_i32x4_${sign}`, [lanes]);
      lanes = b.value('f32x4.div', [number, f32x4(b, largest(format))]);
      if (kind === 'snorm') lanes = b.value('f32x4.pmax', [lanes, f32x4(b, -1)]);
    }
  }
  if (channels === 4) return lanes;
  return b.value(`${isFloat ? 'f' : 'i'}32x4.replace_lane`, [lanes, isFloat ? b.f32(1) : b.i32(1)], 3);
}

/** The same, where only the description knows the format. */
function decodeAny(
  b: Builder,
  { element }: TextureType,
  info: (op: string, at: number) => Node,
  raw: Node,
): Node {
  const moved = b.value('i8x16.swizzle', [raw, info('v128.load', AT.shuffle)]);
  const shifted = (sign: string) => b.value(`i32x4.shr_${sign}`, [moved, info('i32.load', AT.shift)]);
  const missing = info('v128.load', AT.missing);
  if (element.name !== 'f32')
    return b.value('v128.or', [shifted(element.name[0] === 'i' ? 's' : 'u'), missing]);
  const cell: Cell = { name: 'texel', type: 'v128' };
  b.set(cell, moved);
  const part = (sign: string) =>
    b.value('f32x4.div', [
      b.value(`f32x4.convert_i32x4_${sign}`, [shifted(sign)]),
      b.value('f32x4.splat', [info('f32.load', AT.largest)]),
    ]);
  const ways: [kind: number, decode: () => Node][] = [
    [KINDS.unorm, () => part('u')],
    [KINDS.snorm, () => b.value('f32x4.pmax', [part('s'), f32x4(b, -1)])],
    [KINDS.half, () => fromHalf(b, shifted('u'))],
  ];
  const kind = info('i32.load', AT.kind);
  const choose = ([way, ...others]: typeof ways): void => {
    if (!way) return;
    const isWay = b.value('i32.eq', [kind, b.i32(way[0])]);
    b.conditional(
      isWay,
      () => b.set(cell, way[1]()),
      () => choose(others),
    );
  };
  choose(ways);
  const texel = b.get(cell);
  b.environment.delete(cell);
  return b.value('v128.or', [texel, missing]);
}
