/**
 * Textures. A kernel gets the address of a description of each (`describe-texture.ts`), whose words do not change while
 * it runs. A load outside of a texture gives zeros, a store there does nothing.
 */
import type { Expression } from '../check/program.ts';
import { type TexelFormat, texelFormat } from '../check/texel-formats.ts';
import type { TextureType } from '../check/types.ts';
import type { CompiledBinding } from '../compile.ts';
import { LEVEL_BYTES } from '../describe-texture.ts';
import type { Builder } from './builder.ts';
import { fromHalf, normalised, toHalf } from './builtins/packing.ts';
import type { Context } from './context.ts';
import { lowerExpression, lowerNode } from './expressions.ts';
import type { Node } from './graph.ts';
import { addressOf } from './linear.ts';
import { plain, type Value } from './values.ts';
import { f32x4, i32x4, lane, maskOf, sizeOfVector } from './vectors.ts';

/** What the caller of a kernel has to know of a texture. */
export const compiledTexture = ({
  name,
  format,
  access,
}: TextureType): Pick<CompiledBinding, 'access' | 'minimumBytes' | 'texture'> => ({
  access,
  minimumBytes: LEVEL_BYTES,
  texture: { name, format: format as string },
});

/** Reads of a texture's description: never outside of it, and the same throughout. */
const FIXED = { constant: true, safe: true };

/** A call of a builtin function on a texture; nothing of value comes of `textureStore`. */
export function lowerTexture(context: Context, name: string, args: readonly Expression[]): Value {
  const { b } = context;
  const texture = lowerExpression(context, args[0]);
  if (texture.kind !== 'pointer' || texture.place.kind !== 'memory' || texture.place.type.kind !== 'texture')
    throw new Error('internal: a texture was expected');
  const { base, type } = texture.place;
  const word = (i: number) => b.load('i32.load', base, 4 * i, FIXED);
  if (name === 'textureNumLayers') return word(3);
  if (name === 'textureDimensions') {
    if (type.dimensions === 1) return word(1);
    return b.load(type.dimensions === 2 ? 'v128.load64_zero' : 'v128.load', base, 4, FIXED);
  }
  const coordinates = args.slice(1, type.arrayed ? 3 : 2).flatMap((arg) => lanesOf(context, arg));
  const value = name === 'textureStore' ? lowerNode(context, args[args.length - 1]) : null;
  const inside = coordinates.reduce<Node | null>((all, x, axis) => {
    const size = word(1 + axis);
    if (b.isKnown('i32.lt_u', x, size)) return all;
    const fits = b.value('i32.lt_u', [x, size]);
    return all ? b.value('i32.and', [all, fits]) : fits;
  }, null);
  const index = coordinates.reduceRight((all, x, axis) =>
    b.value('i32.add', [b.value('i32.mul', [all, word(1 + axis)]), x]),
  );
  const format = texelFormat(type.format as string) as TexelFormat;
  if (value) {
    const packed = encode(b, format, value);
    const { base: at, offset } = addressOf(b, word(0), index, format.bytes, 0);
    const store = () => b.effect(STORES[format.bytes], [at, packed], offset);
    if (inside) b.conditional(inside, store);
    else store();
    return packed;
  }
  // What is outside reads the first texel, so that nothing has to be asked before.
  const kept = inside ? b.value('select', [index, b.i32(0), inside]) : index;
  const { base: at, offset } = addressOf(b, word(0), kept, format.bytes, 0);
  const raw = b.load(LOADS[format.bytes], at, offset, { constant: type.access === 'read', safe: true });
  const texel = decode(b, format, raw);
  return inside ? b.value('v128.and', [texel, maskOf(b, inside)]) : texel;
}

const LOADS: Record<number, string> = { 4: 'v128.load32_zero', 8: 'v128.load64_zero', 16: 'v128.load' };
const STORES: Record<number, string> = { 4: 'v128.store32_lane', 8: 'v128.store64_lane', 16: 'v128.store' };

/** The components of a scalar or a vector. */
function lanesOf(context: Context, expression: Expression): Node[] {
  const type = plain(expression.type);
  const node = lowerNode(context, expression);
  if (type.kind === 'scalar') return [node];
  return Array.from({ length: sizeOfVector(type) }, (_, i) => lane(context.b, type, node, i));
}

/** Calls `move` for each byte of a texel: where it is in memory, and in the lane of its channel, counted from below. */
function eachByte(
  { channels, bits, blueFirst }: TexelFormat,
  move: (at: number, inLanes: number) => void,
): void {
  const width = bits / 8;
  for (let i = 0; i < channels * width; i++) {
    const channel = Math.floor(i / width);
    move(i, 4 * (blueFirst && channel < 3 ? 2 - channel : channel) + (i % width));
  }
}

const largest = ({ bits, kind }: TexelFormat): number => 2 ** (kind === 'snorm' ? bits - 1 : bits) - 1;

/** A texel as it is in memory, from what a shader has. */
function encode(b: Builder, format: TexelFormat, value: Node): Node {
  const { bits, kind } = format;
  if (bits === 32) return value;
  const bytes = new Uint8Array(16);
  eachByte(format, (at, inLanes) => {
    bytes[at] = inLanes;
  });
  const bound = (op: string, x: Node, limit: number) => b.value(`i32x4.${op}`, [x, i32x4(b, limit)]);
  const most = 2 ** (bits - 1);
  const lanes = {
    unorm: () => normalised(b, value, 0, largest(format)),
    snorm: () => normalised(b, value, -1, largest(format)),
    uint: () => bound('min_u', value, largest(format)),
    sint: () => bound('min_s', bound('max_s', value, -most), most - 1),
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
