import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { around, requireRowMajor } from './places.ts';

/** Along which dimension sums grow, and from which end. */
export interface CumsumSpec {
  /** Of x and y, row-major. */
  readonly layout: Layout;
  /** The dimension. */
  readonly dimension: number;
  /** From the last position to the first: the gradient. */
  readonly reverse?: boolean;
}

/** So many terms are added up before they are added to the sum of those before: rounding errors stay small. */
const block = 64;

/**
 * y[…, j, …] = sum of x[…, 0 to j, …] along a dimension, or of those from j on. The gradient is the same from the other
 * end. Bindings: x, y.
 */
export function cumsum(
  { layout, dimension, reverse = false }: CumsumSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  requireRowMajor('cumsum', layout);
  const { shape, extents } = layout;
  const last = dimension === shape.length - 1;
  const type = last ? 'f32' : 'vec4<f32>';
  const step = last ? 1 : elementCount(extents.slice(dimension + 1)) / 4;
  return linearKernel({
    name: 'cumsum',
    about: `
y[…, j, …] = sum of x[…, ${reverse ? 'j to the last' : '0 to j'}, …], j in dimension ${dimension}
x, y: [${shape}] row-major
One invocation goes along the dimension, ${last ? 'one element' : 'four elements'} wide; blocks of ${block} are added up
by themselves.`,
    bindings: [reads('x', `array<${type}>`), readsWrites('y', `array<${type}>`)],
    invocations: elementCount(shape.slice(0, dimension)) * step,
    workgroupSize,
    constants: {
      COUNT: shape[dimension],
      ROW: [extents[dimension], 'the same with padding'],
      STEP: [step, 'from a position to the next'],
    },
    body: `
let first = i / STEP * (ROW * STEP) + i % STEP;
var before = ${type}();
var sum = ${type}();
for (var j = 0u; j < COUNT; j++) {
  let at = first + ${reverse ? '(COUNT - 1u - j)' : 'j'} * STEP;
  sum += x[at];
  y[at] = before + sum;
  if (j % ${block}u == ${block - 1}u) {
    before += sum;
    sum = ${type}();
  }
}
for (var j = COUNT; j < ROW; j++) {
  y[first + j * STEP] = ${type}();
}`,
    flop: elementCount(shape),
    bytes: 8 * layout.size,
  });
}

/** y in float64; dense row-major arrays. */
export function cumsumOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  dimension: number,
  reverse = false,
): Float64Array {
  const { outer, size, inner } = around(shape, dimension);
  const y = new Float64Array(x.length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      let sum = 0;
      for (let n = 0; n < size; n++) {
        const at = (o * size + (reverse ? size - 1 - n : n)) * inner + k;
        sum += x[at];
        y[at] = sum;
      }
    }
  }
  return y;
}
