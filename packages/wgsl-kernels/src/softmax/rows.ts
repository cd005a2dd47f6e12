import { loopTo, type SumLoop, sumLoops } from '../cascade.ts';
import type { Constants } from '../constants.ts';
import { lanesBelow } from '../elementwise/coordinates.ts';
import { indent } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';

/** The rows of a tensor whose last dimension is innermost in memory. */
export interface Rows {
  readonly count: number;
  /** Elements in a row. */
  readonly size: number;
  /** `vec4`s in a row. */
  readonly vectors: number;
  /** The numbers that the texts use: elements and vec4s of a row. */
  readonly constants: Constants;
  /** WGSL `vec4<bool>`: lanes of the row's `vec4` number `k` that hold elements; undefined if all do. */
  readonly inside: string | undefined;
}

/**
 * Views a tensor as rows of its last dimension.
 * @throws RangeError if the last dimension is not innermost in memory.
 */
export function rowsOf(op: string, layout: Layout): Rows {
  const { shape, order, extents } = layout;
  const last = shape.length - 1;
  if (last < 0 || order[last] !== last || shape.some((size, dim) => dim !== last && size !== extents[dim])) {
    throw new RangeError(
      `${op}: works along the last dimension of a row-major tensor, but [${shape}] lies in order [${order}]; ` +
        'relayout it to rowMajor(shape) first',
    );
  }
  const size = shape[last];
  const vectors = extents[last] / 4;
  const inside = size % 4 === 0 ? undefined : lanesBelow(size, vectors === 1 ? undefined : 'k * 4u', 'C');
  const constants: Constants = { C: size, ROW4: [vectors, 'vec4s of a row'] };
  return { count: elementCount(shape) / size, size, vectors, constants, inside };
}

/** WGSL: `value` in lanes that hold elements, `otherwise` in padding. */
export function inRow({ inside }: Rows, value: string, otherwise = 'vec4<f32>()'): string {
  return inside === undefined ? value : `select(${otherwise}, ${value}, ${inside})`;
}

/** WGSL loop over the `vec4`s of a row. */
export function overRow(body: string): string {
  return `for (var k = 0u; k < ROW4; k++) {\n${indent(body)}\n}`;
}

/** WGSL: the sum of a `vec4`'s lanes, in a fixed order. */
export function laneSum(vector: string): string {
  return `(${vector}.x + ${vector}.y) + (${vector}.z + ${vector}.w)`;
}

function loopOverRow({ vectors }: Rows): SumLoop {
  return { ...loopTo('k', vectors), to: 'ROW4' };
}

/** WGSL loop over the `vec4`s of a row that adds to sums (see `sumLoops`). */
export function sumOverRow(rows: Rows, sums: readonly string[], body: (suffix: string) => string): string {
  return sumLoops([loopOverRow(rows)], sums, body);
}

/**
 * WGSL statements: `m`, the largest element of the row of `x` that starts at `row`; it starts from an element, so
 * that there is no number below it. A NaN need not be found here: it makes the row's sum NaN.
 */
export function rowMaximum(rows: Rows, x: string): string {
  return `let start = vec4<f32>(${x}[row].x);
var highest = start;
${sumLoops(
  [loopOverRow(rows)],
  ['highest'],
  (suffix) => `highest${suffix} = max(highest${suffix}, ${inRow(rows, `${x}[row + k]`, 'start')});`,
  { start: () => 'start', join: (a, b) => `max(${a}, ${b})` },
)}
let m = max(max(highest.x, highest.y), max(highest.z, highest.w));`;
}
