/**
 * Addresses as linear sums `constant + c1 * x1 + c2 * x2 + ...` modulo 2^32, whose terms are then added in the order
 * of the loops they change in: the outermost first. So every partial sum that a loop does not change is computed
 * before it, equal partial sums are shared, and the constant becomes the offset of the load or store.
 */
import type { Builder } from './builder.ts';
import type { Linear, Node } from './graph.ts';

/** Beyond this many terms a product is kept as it is instead of being distributed over the sum. */
const MAXIMUM_TERMS = 10;
/** How far a sum is followed into its operands. */
const MAXIMUM_DEPTH = 64;

function combine(a: Linear, b: Linear, factor: number): Linear {
  const terms = new Map(a.terms);
  for (const [node, coefficient] of b.terms) {
    const sum = ((terms.get(node) ?? 0) + Math.imul(coefficient, factor)) | 0;
    if (sum === 0) terms.delete(node);
    else terms.set(node, sum);
  }
  return { terms, constant: (a.constant + Math.imul(b.constant, factor)) | 0 };
}

const ZERO: Linear = { terms: new Map(), constant: 0 };

/** The linear form of sums, differences and products with constants; anything else is one term. */
function linearOf(node: Node, depth = 0): Linear {
  if (node.linear) return node.linear;
  // A long chain of sums, of which addresses are not made: taken as it is, and not remembered for a shorter look.
  if (depth > MAXIMUM_DEPTH) return { terms: new Map([[node, 1]]), constant: 0 };
  let result: Linear | null = null;
  const [x, y] = node.args;
  switch (node.op) {
    case 'i32.const':
      result = { terms: new Map(), constant: node.imm };
      break;
    case 'i32.add':
      result = combine(linearOf(x, depth + 1), linearOf(y, depth + 1), 1);
      break;
    case 'i32.sub':
      result = combine(linearOf(x, depth + 1), linearOf(y, depth + 1), -1);
      break;
    case 'i32.mul':
      if (y.op === 'i32.const') result = combine(ZERO, linearOf(x, depth + 1), y.imm);
      break;
    case 'i32.shl':
      if (y.op === 'i32.const') result = combine(ZERO, linearOf(x, depth + 1), 1 << (y.imm & 31));
      break;
  }
  if (!result || result.terms.size > MAXIMUM_TERMS) result = { terms: new Map([[node, 1]]), constant: 0 };
  node.linear = result;
  return result;
}

/** `a - b` (modulo 2^32), if that is a constant whatever they are; else null. */
export function differenceOf(a: Node, b: Node): number | null {
  const { terms, constant } = combine(linearOf(a), linearOf(b), -1);
  return terms.size === 0 ? constant : null;
}

export interface Address {
  readonly base: Node;
  /** Not negative. */
  readonly offset: number;
}

/**
 * The largest constant that becomes an offset. WebAssembly adds offsets without wrapping, so the part without the
 * constant must not be negative: true for every address inside a buffer, because no buffer starts below this limit.
 */
const OFFSET_LIMIT = 1 << 20;

/** `base + scale * index + offset` (modulo 2^32) as an address. */
export function addressOf(
  b: Builder,
  base: Node,
  index: Node | null,
  scale: number,
  offset: number,
): Address {
  let sum = combine(linearOf(base), { terms: new Map(), constant: offset }, 1);
  if (index) sum = combine(sum, linearOf(index), scale);
  const terms = [...sum.terms].sort(([x], [y]) => b.openHome(x).depth - b.openHome(y).depth || x.id - y.id);
  // Constants below zero or beyond the limit are split, so that accesses near each other still share one base.
  const offsetPart = sum.constant & (OFFSET_LIMIT - 1);
  const basePart = (sum.constant - offsetPart) | 0;
  let total: Node | null = basePart === 0 ? null : b.i32(basePart);
  for (const [node, coefficient] of terms) {
    const product = b.value('i32.mul', [node, b.i32(coefficient)]);
    total = total ? b.value('i32.add', [product, total]) : product;
  }
  return { base: total ?? b.i32(0), offset: offsetPart };
}
