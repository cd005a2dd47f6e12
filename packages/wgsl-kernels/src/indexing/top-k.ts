import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { requireRowMajor } from './places.ts';

/** How many positions of a row are found, and in which order. */
export interface TopKSpec {
  /** Row-major; its last dimension is searched. */
  readonly x: Layout;
  /** Positions that are found in each row, at most its length. */
  readonly k: number;
  /** The largest elements come first, and not the smallest. */
  readonly largest: boolean;
}

/**
 * Positions of the k largest (or smallest) elements of each row, in order; of equal ones the first. NaN counts as
 * larger than all numbers, and -0 as equal to 0. Bindings: x, index (u32, row-major, k in the place of the last
 * dimension).
 * Each place is another search of the row: k times its length.
 */
export function topK({ x, k, largest }: TopKSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  requireRowMajor('topK', x);
  const size = x.shape.at(-1)!;
  const index = rowMajor([...x.shape.slice(0, -1), k]);
  if (!(k >= 1 && k <= size))
    throw new RangeError(`topK: ${k} of the ${size} elements of a row of [${x.shape}]`);
  const rows = elementCount(x.shape) / size;
  return linearKernel({
    name: 'topK',
    about: `
Positions of the ${k} ${largest ? 'largest' : 'smallest'} elements of each row of x, in order, of equal ones the first
x: [${x.shape}] as bits, index: [${index.shape}] u32; both row-major
One invocation searches one row.`,
    bindings: [reads('x', 'array<u32>'), readsWrites('index', 'array<u32>')],
    invocations: rows,
    workgroupSize,
    constants: {
      SIZE: size,
      ROW: [x.extents.at(-1)!, 'a row of x with its padding'],
      K: k,
      PLACES: [index.extents.at(-1)!, 'a row of positions with its padding'],
    },
    declarations: `
// A number that grows as the float with these bits does; devices need not know NaN, so that bits decide.
fn rank(bits: u32) -> u32 {
  let size = bits & 0x7fffffffu;
  var above = select(bits | 0x80000000u, ~bits, bits > 0x7fffffffu);
  above = select(above, 0x80000000u, size == 0u);
  above = select(above, 0xffffffffu, size > 0x7f800000u);
  return ${largest ? 'above' : '~above'};
}`,
    body: `
var before = 0u;
var place = 0u;
for (var n = 0u; n < K; n++) {
  var best = 0u;
  var found = SIZE;
  for (var c = 0u; c < SIZE; c++) {
    let own = rank(x[i * ROW + c]);
    // Those that were found already come before, in the order of rank and position.
    let isNext = n == 0u || own < before || (own == before && c > place);
    if (isNext && (found == SIZE || own > best)) {
      best = own;
      found = c;
    }
  }
  index[i * PLACES + n] = found;
  before = best;
  place = found;
}
for (var n = K; n < PLACES; n++) {
  index[i * PLACES + n] = 0u;
}`,
    flop: 0,
    bytes: 4 * (x.size + index.size),
  });
}

/** Positions in rows of `size` elements; dense arrays. */
export function topKOracle(
  x: ArrayLike<number>,
  size: number,
  { k, largest }: Pick<TopKSpec, 'k' | 'largest'>,
): Float64Array {
  const compare = (a: number, b: number) =>
    Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
  const found = new Float64Array((x.length / size) * k);
  for (let row = 0; row < x.length / size; row++) {
    const order = Array.from({ length: size }, (_, c) => c).sort(
      (a, b) => (largest ? -1 : 1) * compare(x[row * size + a], x[row * size + b]) || a - b,
    );
    found.set(order.slice(0, k), row * k);
  }
  return found;
}
