/**
 * Views of buffers: `bufferView`, `bufferArrayView`, `bufferLength`. A view is memory of the buffer with another type. As
 * all calls are inlined, the buffer that a pointer leads to is known, and so is the size that parameters leave of it.
 */
import { minimumSize, tailOf } from '../check/buffer-types.ts';
import type { BuiltinCall } from '../check/program.ts';
import { alignOf, type BufferType, type PointerType, type Type } from '../check/types.ts';
import type { Context } from './context.ts';
import { isConstant, type Node } from './graph.ts';
import { rangeOf } from './limits.ts';
import { currentInvocation } from './races.ts';
import { type MemoryLocation, nodeOf, type Pointer, type Value } from './values.ts';

/** A pointer to a buffer as a parameter of that type has it: no larger than the type says. */
export function narrowed(pointer: Pointer, type: BufferType): Pointer {
  return type.size === null ? pointer : { ...pointer, place: { ...pointer.place, type } as MemoryLocation };
}

/** The value of one of these calls. */
export function lowerBufferBuiltin(context: Context, call: BuiltinCall, values: readonly Value[]): Value {
  const [pointer, ...numbers] = values;
  if (pointer.kind !== 'pointer' || pointer.place.kind !== 'memory' || pointer.place.type.kind !== 'buffer')
    throw new Error('internal: a pointer to a buffer was expected');
  const buffer = bufferOf(context, pointer.place, pointer.place.type);
  if (call.name === 'bufferLength') return buffer.length;
  const { storeType } = call.type as PointerType;
  const [offset, size = null] = numbers.map(nodeOf);
  return {
    kind: 'pointer',
    place: viewOf(context, buffer, { type: storeType, offset, size, pos: call.pos }),
  };
}

interface Buffer {
  readonly place: MemoryLocation;
  /** i32: its bytes. */
  readonly length: Node;
  /** So many it has at least. */
  readonly least: number;
}

function bufferOf(context: Context, place: MemoryLocation, { size }: BufferType): Buffer {
  const { b, bindings } = context;
  if (size !== null) return { place, length: b.i32(size | 0), least: size };
  const bound = bindings.find(({ variable }) => variable === place.variable);
  if (!bound || !place.byteLength) throw new Error('internal: a buffer without a size must be bound');
  return { place, length: place.byteLength, least: bound.minimumBytes };
}

interface View {
  readonly type: Type;
  readonly offset: Node;
  /** i32: as it was given to `bufferArrayView`; null: up to the end of the buffer. */
  readonly size: Node | null;
  readonly pos: number;
}

function viewOf(context: Context, buffer: Buffer, { type, offset, size, pos }: View): MemoryLocation {
  const { b, robust } = context;
  const { place } = buffer;
  const least = minimumSize(type);
  const start = roundedDown(context, offset, alignOf(type));
  const bytes = size && wholeElements(context, type, size);
  // Rounding down does not make it greater.
  const { high: last } = rangeOf(offset, false);
  const inside = insideOf(context, buffer, { start, last, size, bytes, least });
  if (context.debug && inside) trapOutside(context, buffer, { start, size, least, inside, pos });
  const keep = (number: Node, otherwise: number) =>
    robust && inside ? b.value('select', [number, b.i32(otherwise), inside]) : number;
  const at = keep(start, 0);
  const isKnown = !inside && at.op === 'i32.const';
  const first = place.offset + (isKnown ? at.imm : 0);
  let byteLength: Node | null = null;
  if (tailOf(type)) {
    // `arrayLength` takes the constant part of the place away from it.
    const length = bytes ? keep(bytes, least) : b.value('i32.sub', [buffer.length, at]);
    byteLength = b.value('i32.add', [length, b.i32(first)]);
  }
  return {
    ...place,
    type,
    name: `bufferView(&${place.name})`,
    bytes: isKnown ? null : at,
    offset: first,
    byteLength,
    inside: robust ? inside : null,
  };
}

/** Whether it is a multiple of a power of two, as far as its last operations show. */
function isMultiple({ op, imm, args: [x, y] }: Node, unit: number, depth = 0): boolean {
  const is = (node: Node) => depth < 8 && isMultiple(node, unit, depth + 1);
  if (op === 'i32.const') return imm % unit === 0;
  if (op === 'i32.add' || op === 'i32.sub') return is(x) && is(y);
  if (op === 'i32.mul') return is(x) || is(y);
  return op === 'i32.shl' && y.op === 'i32.const' && (1 << (y.imm & 31)) % unit === 0;
}

/** The offset that is used for one that the type cannot lie at. */
function roundedDown({ b }: Context, offset: Node, align: number): Node {
  return isMultiple(offset, align) ? offset : b.value('i32.and', [offset, b.i32(-align)]);
}

/** The bytes that are used for a size that ends within an element. */
function wholeElements({ b }: Context, type: Type, size: Node): Node {
  const tail = tailOf(type);
  if (!tail) throw new Error('internal: a runtime-sized array was expected');
  const elements = b.value('i32.sub', [size, b.i32(tail.offset)]);
  return b.value('i32.sub', [size, b.value('i32.rem_u', [elements, b.i32(tail.stride)])]);
}

interface Span {
  /** i32: the first byte. */
  readonly start: Node;
  /** At most so much it is. */
  readonly last: number;
  /** i32: bytes as they were given; null: up to the end of the buffer. */
  readonly size: Node | null;
  /** i32: those of them in whole elements. */
  readonly bytes: Node | null;
  /** So many bytes the type takes. */
  readonly least: number;
}

/** i32: whether the view lies in the buffer, and its type in the view; null if that is certain. */
function insideOf(
  { b }: Context,
  { length, least: has }: Buffer,
  { start, last, size, bytes, least }: Span,
): Node | null {
  // Of a runtime-sized buffer so many are bound; calls that pass too few are refused (`check/viewed-buffers.ts`).
  if (least > has) throw new Error('internal: a buffer that is too small for a view');
  const conditions: Node[] = [];
  if (!size || !bytes) {
    const most = b.value('i32.sub', [length, b.i32(least)]);
    if (last + least > has) conditions.push(b.value('i32.le_u', [start, most]));
  } else {
    const given = rangeOf(size, false);
    if (given.low < least) conditions.push(b.value('i32.ge_u', [size, b.i32(least)]));
    if (last + given.high > has) {
      conditions.push(b.value('i32.le_u', [start, length]));
      conditions.push(b.value('i32.le_u', [bytes, b.value('i32.sub', [length, start])]));
    }
  }
  const uncertain = conditions.filter(({ op, imm }) => op !== 'i32.const' || imm === 0);
  if (uncertain.length === 0) return null;
  return uncertain.find(isConstant) ?? uncertain.reduce((all, one) => b.value('i32.and', [all, one]));
}

/** Notes what is wrong with the view where a trap looks for it (`runtime/traps.ts`), and traps. */
function trapOutside(
  context: Context,
  { place, length }: Buffer,
  view: { start: Node; size: Node | null; least: number; inside: Node; pos: number },
): void {
  const { b } = context;
  const { start, size, least, inside, pos } = view;
  const check = context.checks.length;
  b.conditional(b.value('i32.eqz', [inside]), () => {
    context.checks.push({ kind: 'view', name: place.name, variable: place.variable ?? null, pos });
    const record = b.value('i32.sub', [context.scratch, b.i32(64)]);
    const { group, local } = currentInvocation(context);
    const bytes = size ?? b.i32(least);
    [b.i32(check + 1), start, length, group, local, bytes, b.i32(least)].forEach((word, i) => {
      b.effect('i32.store', [record, word], 4 * i);
    });
    b.trap();
  });
}
