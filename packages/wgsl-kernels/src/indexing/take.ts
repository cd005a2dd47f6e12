import { lanesBelow } from '../elementwise/coordinates.ts';
import { flatKernel } from '../elementwise/flat.ts';
import { type FaultKind, faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, equal, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { around, numberOf, placeOf, requireRowMajor } from './places.ts';

/** Which elements are taken along a dimension. */
export interface TakeSpec {
  /** Whose error names an index that does not exist. */
  readonly op: FaultKind & ('gather' | 'indexSelect' | 'embedding');
  /** Row-major. */
  readonly x: Layout;
  /** Positions along the dimension, row-major u32. */
  readonly index: Layout;
  /** As x, with the dimension replaced by those of `index`; with `each` as `index`. */
  readonly y: Layout;
  /** The dimension of x. */
  readonly dimension: number;
  /** Each element of y has an index of its own (torch.gather), and there is not one list for all. */
  readonly each: boolean;
  /** Of the gradient: an index whose position gets none. */
  readonly ignored?: number;
}

/** How a kernel goes through x and y. */
function walk({ op, x, index, y, dimension, each }: TakeSpec) {
  for (const layout of [x, index, y]) requireRowMajor(op, layout);
  const last = dimension === x.shape.length - 1;
  const expected = each
    ? x.shape.map((size, dim) => (dim === dimension ? index.shape[dim] : size))
    : [...x.shape.slice(0, dimension), ...index.shape, ...x.shape.slice(dimension + 1)];
  if (!equal(y.shape, expected) || (each && !equal(y.shape, index.shape))) {
    throw new RangeError(
      `${op}: [${index.shape}] from dimension ${dimension} of [${x.shape}] cannot be [${y.shape}]`,
    );
  }
  if (last && !each && index.shape.length !== 1) {
    throw new RangeError(`${op}: an index of the last dimension is [J], not [${index.shape}]`);
  }
  // Whole vectors move where all of their lanes have the same index.
  const vectors = !each && !last;
  const count = each ? y.shape[dimension] : elementCount(index.shape);
  const inner = last ? 1 : elementCount(x.extents.slice(dimension + 1));
  return {
    vectors,
    last,
    outer: elementCount(x.shape.slice(0, dimension)),
    type: vectors ? 'vec4<f32>' : 'f32',
    constants: {
      SIZE: [x.shape[dimension], 'positions of x'],
      FROM: [x.extents[dimension], 'the same with padding'],
      COUNT: [count, 'positions of y'],
      TO: [last ? y.extents[dimension] : count, 'the same with padding'],
      STEP: [vectors ? inner / 4 : inner, 'from a position to the next'],
    },
    about: `
x: [${x.shape}], y: [${y.shape}], index: [${index.shape}] u32; all row-major`,
  } as const;
}

/**
 * y[…, j, …] = x[…, index[j], …] along a dimension, or with `each` x[…, index[…, j, …], …].
 * Bindings: x, index, faults (`faultWords`), y. An index beyond the dimension is a fault: what it gives is NaN.
 * @throws RangeError if layouts are not row-major or shapes do not fit.
 */
export function take(spec: TakeSpec, machine: Machine = machines.gpu): Kernel {
  const { op, x, index, y, dimension, each } = spec;
  const { vectors, last, type, constants, about } = walk(spec);
  const [size, row] = [y.shape.at(-1)!, y.extents.at(-1)!];
  const none = `vec4<f32>(${notANumber('position')})`;
  const masked =
    size === row ? none : `select(vec4<f32>(), ${none}, ${lanesBelow(size, `v % ${row / 4}u * 4u`)})`;
  const from = last ? 'e / TO * FROM + position' : '(e / (STEP * TO) * FROM + position) * STEP + e % STEP';
  return flatKernel(
    {
      name: 'take',
      about: `
y[…, j, …] = x[…, ${each ? 'index[…, j, …]' : 'index[j]'}, …], j in dimension ${dimension}; NaN for an index of ${
        x.shape[dimension]
      } or more${about}`,
      bindings: [
        reads('x', `array<${type}>`),
        reads('index', 'array<u32>'),
        faultsBinding,
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      constants,
      declarations: rowFaultText(op, 'index', x.shape[dimension], { number: numberOf(index, 'row') }),
      body: vectors
        ? `
let j = v / STEP % TO;
let place = ${placeOf(index, 'j')};
let position = index[place];
if (isBad(position)) {
  reportBad(place);
  y[v] = ${masked};
} else {
  y[v] = x[(v / STEP / TO * FROM + position) * STEP + v % STEP];
}`
        : `
var value = vec4<f32>();
for (var lane = 0u; lane < 4u; lane++) {
  let e = 4u * v + lane;
  if (e % ${row}u < ${size}u) {
    let place = ${each ? 'e' : 'e % TO'};
    let position = index[place];
    if (isBad(position)) {
      reportBad(place);
      value[lane] = ${notANumber('position')};
    } else {
      value[lane] = x[${from}];
    }
  }
}
y[v] = value;`,
      vectors: y.size / 4,
      flop: 0,
      bytes: 4 * (2 * y.size + index.size),
    },
    machine,
  );
}

/**
 * The gradient of `take`: dx[…, p, …] is the sum of dy[…, j, …] over all j whose index is p, in the order of j, so that
 * the bits are always the same. Bindings: dy, index, dx. What no index names is 0; an index beyond the dimension, or
 * the ignored one, adds nothing.
 */
export function takeGradient(spec: TakeSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { x, index, y, dimension, each, ignored } = spec;
  const { outer, type, constants, about } = walk(spec);
  const step = constants.STEP[0];
  return linearKernel({
    name: 'takeGradient',
    about: `
dx[…, p, …] = sum of dy[…, j, …] over j with ${each ? 'index[…, j, …]' : 'index[j]'} = p, in order, p in dimension ${
      dimension
    }${ignored === undefined ? '' : `; none for p = ${ignored}`}${about}
One invocation adds up all of dx along the dimension, ${type === 'f32' ? 'one element' : 'four elements'} wide.`,
    bindings: [
      reads('dy', `array<${type}>`),
      reads('index', 'array<u32>'),
      readsWrites('dx', `array<${type}>`),
    ],
    invocations: outer * step,
    workgroupSize,
    constants,
    body: `
let first = i / STEP * (FROM * STEP) + i % STEP;
let start = i / STEP * (TO * STEP) + i % STEP;
for (var p = 0u; p < FROM; p++) {
  dx[first + p * STEP] = ${type}();
}
for (var j = 0u; j < COUNT; j++) {
  let position = index[${each ? 'start + j * STEP' : placeOf(index, 'j')}];
  if (position < SIZE${ignored === undefined ? '' : ` && position != ${ignored}u`}) {
    dx[first + position * STEP] += dy[start + j * STEP];
  }
}`,
    flop: elementCount(y.shape),
    bytes: 4 * (x.size + 2 * y.size + index.size),
  });
}

/** Where the elements of y come from; dense row-major arrays. */
interface Taken {
  readonly shape: readonly number[];
  readonly dimension: number;
  readonly each: boolean;
}

/** Calls `visit(element of x, element of y, index)` for each element of y; -1 for an index that does not exist. */
function forEachTaken(
  { shape, dimension, each }: Taken,
  index: ArrayLike<number>,
  visit: (from: number, to: number, position: number) => void,
): void {
  const { outer, size, inner } = around(shape, dimension);
  const count = each ? index.length / outer / inner : index.length;
  for (let to = 0; to < outer * count * inner; to++) {
    const [o, j, k] = [Math.floor(to / inner / count), Math.floor(to / inner) % count, to % inner];
    const position = index[each ? to : j];
    visit(position < size ? (o * size + position) * inner + k : -1, to, position);
  }
}

/** y in float64; an index that does not exist gives NaN. */
export function takeOracle(x: ArrayLike<number>, index: ArrayLike<number>, taken: Taken): Float64Array {
  const y: number[] = [];
  forEachTaken(taken, index, (from, to) => {
    y[to] = from < 0 ? Number.NaN : x[from];
  });
  return Float64Array.from(y);
}

/** dx in float64 from dy. */
export function takeGradientOracle(
  dy: ArrayLike<number>,
  index: ArrayLike<number>,
  taken: Taken & { readonly ignored?: number },
): Float64Array {
  const dx = new Float64Array(elementCount(taken.shape));
  forEachTaken(taken, index, (from, to, position) => {
    if (from >= 0 && position !== taken.ignored) dx[from] += dy[to];
  });
  return dx;
}
