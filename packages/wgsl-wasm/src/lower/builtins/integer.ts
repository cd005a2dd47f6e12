/** Bit builtins on i32, u32 and vectors of them. */
import type { ScalarType } from '../../check/types.ts';
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';
import { byLane, elementOf } from '../vectors.ts';
import type { Plain } from './numeric.ts';

/** The builtins of this file, or null for another name. */
export function integerBuiltin(
  b: Builder,
  name: string,
  type: Plain,
  args: readonly Node[],
  types: readonly Plain[],
): Node | null {
  const operation = SCALAR[name];
  if (!operation) return null;
  if (name.startsWith('dot4')) return operation(b, args, elementOf(type));
  if (type.kind === 'scalar') return operation(b, args, type);
  if (name === 'countOneBits') {
    const bytes = b.value('i8x16.popcnt', [args[0]]);
    return b.value('i32x4.extadd_pairwise_i16x8_u', [b.value('i16x8.extadd_pairwise_i8x16_u', [bytes])]);
  }
  const vectors = args.filter((_, i) => types[i].kind === 'vector');
  const scalars = args.filter((_, i) => types[i].kind !== 'vector');
  // Vector arguments come first in every builtin here.
  return byLane(b, type, type, vectors, (lanes) => operation(b, [...lanes, ...scalars], type.element));
}

type Operation = (b: Builder, args: readonly Node[], type: ScalarType) => Node;

const op = (b: Builder, name: string, x: Node, y: Node) => b.value(`i32.${name}`, [x, y]);
const smaller = (b: Builder, x: Node, y: Node) => b.value('select', [x, y, op(b, 'lt_u', x, y)]);

/** `offset` and `count` of a bit field, cut to what a 32-bit number has. */
function field(b: Builder, offset: Node, count: Node): { start: Node; length: Node; empty: Node } {
  const start = smaller(b, offset, b.i32(32));
  const length = smaller(b, count, op(b, 'sub', b.i32(32), start));
  return { start, length, empty: b.value('i32.eqz', [length]) };
}

const SCALAR: Record<string, Operation> = {
  countLeadingZeros: (b, [x]) => b.value('i32.clz', [x]),
  countTrailingZeros: (b, [x]) => b.value('i32.ctz', [x]),
  countOneBits: (b, [x]) => b.value('i32.popcnt', [x]),
  firstTrailingBit: (b, [x]) =>
    b.value('select', [b.i32(-1), b.value('i32.ctz', [x]), b.value('i32.eqz', [x])]),
  firstLeadingBit: (b, [x], type) => {
    // Of a negative number: the highest bit that is not a copy of the sign.
    const bits = type.name === 'i32' ? op(b, 'xor', x, op(b, 'shr_s', x, b.i32(31))) : x;
    return op(b, 'sub', b.i32(31), b.value('i32.clz', [bits]));
  },
  reverseBits: (b, [x]) => {
    let bits = x;
    for (const [mask, distance] of [
      [0x55555555, 1],
      [0x33333333, 2],
      [0x0f0f0f0f, 4],
      [0x00ff00ff, 8],
    ]) {
      const up = op(b, 'shl', op(b, 'and', bits, b.i32(mask)), b.i32(distance));
      bits = op(b, 'or', up, op(b, 'and', op(b, 'shr_u', bits, b.i32(distance)), b.i32(mask)));
    }
    return op(b, 'rotl', bits, b.i32(16));
  },
  extractBits: (b, [x, offset, count], type) => {
    const { start, length, empty } = field(b, offset, count);
    const up = op(b, 'shl', x, op(b, 'sub', op(b, 'sub', b.i32(32), start), length));
    const down = op(b, type.name === 'i32' ? 'shr_s' : 'shr_u', up, op(b, 'sub', b.i32(32), length));
    return b.value('select', [b.i32(0), down, empty]);
  },
  insertBits: (b, [x, bits, offset, count]) => {
    const { start, length, empty } = field(b, offset, count);
    const ones = op(b, 'shr_u', b.i32(-1), op(b, 'sub', b.i32(32), length));
    const mask = b.value('select', [b.i32(0), op(b, 'shl', ones, start), empty]);
    const inserted = op(b, 'and', op(b, 'shl', bits, start), mask);
    return op(b, 'or', op(b, 'and', x, op(b, 'xor', mask, b.i32(-1))), inserted);
  },
  dot4U8Packed: (b, [x, y]) => dot4(b, x, y, 'shr_u'),
  dot4I8Packed: (b, [x, y]) => dot4(b, x, y, 'shr_s'),
};

/** The sum of the products of four bytes. */
function dot4(b: Builder, x: Node, y: Node, shift: string): Node {
  let sum = b.i32(0);
  for (let i = 0; i < 4; i++) {
    const byte = (word: Node) => op(b, shift, op(b, 'shl', word, b.i32(24 - 8 * i)), b.i32(24));
    sum = op(b, 'add', sum, op(b, 'mul', byte(x), byte(y)));
  }
  return sum;
}
