/**
 * Small helpers on nodes: lanes, shuffles, splats, selection. Vectors of 2 and 3 fill the low lanes; the others hold
 * anything.
 */
import type { ScalarType, VectorType } from '../check/types.ts';
import type { Builder } from './builder.ts';
import type { Node } from './graph.ts';

/** f16 too: a value of it is an f32 that f16 holds. */
export const isFloatType = (type: ScalarType | VectorType): boolean =>
  elementOf(type).name === 'f32' || isHalf(type);

export const isHalf = (type: ScalarType | VectorType): boolean => elementOf(type).name === 'f16';

export function elementOf(type: ScalarType | VectorType): ScalarType {
  return type.kind === 'vector' ? type.element : type;
}

export const sizeOfVector = (type: ScalarType | VectorType): number =>
  type.kind === 'vector' ? type.size : 1;

/** `f32x4` or `i32x4`: the instruction family of a type's vectors. */
export const family = (type: ScalarType | VectorType): 'f32x4' | 'i32x4' =>
  isFloatType(type) ? 'f32x4' : 'i32x4';

/** One component as a scalar; of a vector of bool: 0 or 1. */
export function lane(b: Builder, type: ScalarType | VectorType, vector: Node, index: number): Node {
  const scalar = b.value(`${family(type)}.extract_lane`, [vector], index);
  return elementOf(type).name === 'bool' ? b.value('i32.and', [scalar, b.i32(1)]) : scalar;
}

/** A scalar as the lane of a vector holds it: bool as all bits or none. */
export function asLane(b: Builder, type: ScalarType, scalar: Node): Node {
  return type.name === 'bool' ? b.value('i32.sub', [b.i32(0), scalar]) : scalar;
}

export function splat(b: Builder, type: ScalarType, scalar: Node): Node {
  return b.value(`${family(type)}.splat`, [asLane(b, type, scalar)]);
}

export function replaceLane(b: Builder, type: VectorType, vector: Node, index: number, scalar: Node): Node {
  return b.value(`${family(type)}.replace_lane`, [vector, asLane(b, type.element, scalar)], index);
}

/** `result[i] = (lanes[i] < 4 ? x : y)[lanes[i] & 3]` */
export function shuffle(b: Builder, x: Node, y: Node, lanes: readonly number[]): Node {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = 4 * (lanes[i >> 2] ?? 0) + (i & 3);
  return b.value('i8x16.shuffle', [x, y], 0, bytes);
}

/** A vector from scalars (as lanes hold them). */
export function build(b: Builder, type: VectorType, scalars: readonly Node[]): Node {
  const lanes = scalars.map((scalar) => asLane(b, type.element, scalar));
  if (lanes.every((scalar) => scalar === lanes[0])) return b.value(`${family(type)}.splat`, [lanes[0]]);
  // Constant lanes come from one constant vector; the others are inserted.
  let vector = b.v128(new Uint8Array(16));
  const order = lanes
    .map((_, i) => i)
    .sort((i, j) => Number(lanes[j].op.endsWith('const')) - Number(lanes[i].op.endsWith('const')));
  const anyConstant = lanes.some((scalar) => scalar.op.endsWith('const'));
  for (const i of order) {
    if (i === 0 && !anyConstant) {
      // The first lane may as well fill them all: a splat costs less than an insertion.
      vector = b.value(`${family(type)}.splat`, [lanes[i]]);
      continue;
    }
    vector = b.value(`${family(type)}.replace_lane`, [vector, lanes[i]], i);
  }
  return vector;
}

/** Applies a scalar operation lane by lane. */
export function byLane(
  b: Builder,
  type: VectorType,
  result: VectorType,
  vectors: readonly Node[],
  operation: (scalars: Node[]) => Node,
): Node {
  const lanes: Node[] = [];
  for (let i = 0; i < type.size; i++)
    lanes.push(operation(vectors.map((vector) => lane(b, type, vector, i))));
  return build(b, result, lanes);
}

/** The scalar that a vector holds in every lane, if that is plain to see. */
export function splatOf(b: Builder, vector: Node): Node | null {
  if (vector.op === 'i32x4.splat' || vector.op === 'f32x4.splat') return vector.args[0];
  if (vector.op === 'v128.const') {
    const lanes = new Int32Array(vector.bytes!.slice().buffer);
    if (lanes.every((value) => value === lanes[0])) return b.i32(lanes[0]);
  }
  return null;
}

/** A mask of all bits or none from a condition. */
export function maskOf(b: Builder, condition: Node): Node {
  return b.value('i32x4.splat', [b.value('i32.sub', [b.i32(0), condition])]);
}

/** `mask ? whenTrue : whenFalse`, lane by lane. */
export function choose(b: Builder, mask: Node, whenTrue: Node, whenFalse: Node): Node {
  if (whenTrue === whenFalse) return whenTrue;
  return b.value('v128.bitselect', [whenTrue, whenFalse, mask]);
}

/** A constant vector with one number in every lane. */
export const f32x4 = (b: Builder, value: number): Node => b.value('f32x4.splat', [b.f32(value)]);
export const i32x4 = (b: Builder, value: number): Node => b.value('i32x4.splat', [b.i32(value)]);
