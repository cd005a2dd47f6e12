import { type SumLoop, sumLoops } from '../cascade.ts';
import { indent, type Kernel, type KernelBinding, linearKernel, repeat, type Tuning } from '../kernel.ts';
import { type Cells, cellsOf, type Pool2dSpec, pool2dLayouts, pool2dOutputSize } from './spec.ts';

interface PoolKernel {
  readonly name: string;
  readonly about: string;
  readonly spec: Pool2dSpec;
  /** Which tensor the cells that are written belong to. */
  readonly side: 'x' | 'y';
  readonly bindings: readonly KernelBinding[];
  readonly tuning: Tuning;
  /** WGSL for one cell: `plane`, `row`, `column`, `group` say which, `at` is its index. */
  readonly cell: Steps;
  /** Arrays that `cell` writes at `at`, for the padding cells of planar lines. */
  readonly written: readonly string[];
  readonly flop: number;
  readonly bytes: number;
}

/** WGSL of one cell's computation, in the order of the loops around it. */
export interface Steps {
  /** Knows `plane` and `row`. */
  readonly perRow: string;
  /** Knows `column` too. */
  readonly perColumn: string;
  /** Knows `group` and `at` too. */
  readonly perCell: string;
}

/** A kernel that writes each cell of x or y once: a line an invocation on CPUs, a cell an invocation on GPUs. */
export function poolKernel(text: PoolKernel): Kernel {
  const { spec, side, tuning } = text;
  const { planes, groups, pitch } = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const rows = side === 'x' ? spec.height : pool2dOutputSize(spec)[0];
  const byLine = tuning.invocations === 'few';
  return linearKernel({
    name: text.name,
    about: `${text.about.trim()}
Window ${spec.kernel.join('x')}, stride ${spec.stride.join('x')}, padding ${spec.padding.join('x')}.
x: [${x.shape}] in order ${x.order}, padded [${x.extents}]
y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
One invocation writes ${byLine ? `one line of ${side}${groups > 1 ? ', all channels' : ''}` : `one cell of ${side}`}.`,
    bindings: text.bindings,
    invocations: planes * rows * (byLine ? 1 : pitch[side] * groups),
    workgroupSize: tuning.workgroupSize,
    body: byLine ? lineBody(text, rows) : cellBody(text, rows),
    flop: text.flop,
    bytes: text.bytes,
  });
}

function lineBody({ spec, side, cell, written }: PoolKernel, rows: number): string {
  const { groups, pitch } = cellsOf(spec);
  const columns = side === 'x' ? spec.width : pool2dOutputSize(spec)[1];
  const inner =
    groups === 1
      ? `let at = i * ${pitch[side]}u + column;\n${cell.perCell.trim()}`
      : `for (var group = 0u; group < ${groups}u; group++) {
  let at = (i * ${pitch[side]}u + column) * ${groups}u + group;
${indent(cell.perCell.trim())}
}`;
  return `
let plane = i / ${rows}u;
let row = i % ${rows}u;
${cell.perRow.trim()}
for (var column = 0u; column < ${columns}u; column++) {
${indent(`${cell.perColumn.trim()}\n${inner}`.trim())}
}
${
  pitch[side] === columns
    ? ''
    : `for (var at = i * ${pitch[side]}u + ${columns}u; at < (i + 1u) * ${pitch[side]}u; at++) {
${indent(zero(written))}
}`
}`;
}

function cellBody({ spec, side, cell, written }: PoolKernel, rows: number): string {
  const { groups, pitch } = cellsOf(spec);
  const columns = side === 'x' ? spec.width : pool2dOutputSize(spec)[1];
  return `
let at = i;
${groups === 1 ? '' : `let group = i % ${groups}u;`}
let column = (i / ${groups}u) % ${pitch[side]}u;
${pitch[side] === columns ? '' : `if (column >= ${columns}u) {\n${indent(zero(written))}\n  return;\n}`}
let line = i / ${pitch[side] * groups}u;
let plane = line / ${rows}u;
let row = line % ${rows}u;
${[cell.perRow, cell.perColumn, cell.perCell].map((part) => part.trim()).join('\n')}`.replace(
    /\n{2,}/g,
    '\n',
  );
}

/** Only planar arrays have padding cells; their elements are scalars. */
function zero(arrays: readonly string[]): string {
  return arrays.map((array) => `${array}[at] = ${array === 'index' ? '0u' : '0.0'};`).join('\n');
}

function index({ groups }: Cells, cell: string): string {
  return groups === 1 ? cell : `(${cell}) * ${groups}u + group`;
}

/**
 * Visits the positions of x under the window of y's cell, in scan order, padding left out.
 * `each(place, at, suffix)` gets the WGSL of h·W + w and of the index in x, and what to append to the name of the
 * `sum` that it adds to, if any; `before` gets the first position's index.
 */
export function forEachTap(
  spec: Pool2dSpec,
  before: (first: string) => string,
  each: (place: string, at: string, suffix: string) => string,
  after: string,
  sums: readonly 'sum'[] = [],
): Steps {
  const cells = cellsOf(spec);
  const { kernel, stride, padding, height, width } = spec;
  const pitch = cells.pitch.x;
  const inner = (place: string, at: string) => `{\n${indent(each(place, at, '').trim())}\n}`;
  if (padding[0] === 0 && padding[1] === 0 && kernel[0] * kernel[1] <= 16) {
    const taps = repeat(kernel[0] * kernel[1], (tap) => {
      const [r, s] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
      return inner(`corner + ${r * width + s}u`, `start + ${(r * pitch + s) * cells.groups}u`);
    });
    return {
      perRow: '',
      perColumn: `let corner = row * ${stride[0] * width}u + column * ${stride[1]}u;`,
      perCell: `
let start = ${index(cells, `(plane * ${height}u + row * ${stride[0]}u) * ${pitch}u + column * ${stride[1]}u`)};
${before('start').trim()}
${taps}
${after.trim()}`,
    };
  }
  // The window's part inside the image.
  const range = (first: string, end: string, position: string, d: 0 | 1, extent: number) => `
let ${first} = max(${position} * ${stride[d]}u, ${padding[d]}u) - ${padding[d]}u;
let ${end} = min(${position} * ${stride[d]}u + ${kernel[d]}u, ${extent + padding[d]}u) - ${padding[d]}u;`;
  const tapLoop = (variable: string, d: 0 | 1): SumLoop => ({
    ...boxLoop(variable, kernel[d]),
    multiple: padding[d] === 0 ? kernel[d] : 1,
  });
  return {
    perRow: range('hFirst', 'hEnd', 'row', 0, height),
    perColumn: `${range('wFirst', 'wEnd', 'column', 1, width)}\nlet corner = hFirst * ${width}u + wFirst;`,
    perCell: `
${before(index(cells, `(plane * ${height}u + hFirst) * ${pitch}u + wFirst`)).trim()}
${overBox(cells, [tapLoop('h', 0), tapLoop('w', 1)], sums, (suffix) =>
  each(`h * ${width}u + w`, index(cells, `(plane * ${height}u + h) * ${pitch}u + w`), suffix),
)}
${after.trim()}`,
  };
}

function boxLoop(variable: string, count: number): SumLoop {
  return { variable, from: `${variable}First`, to: `${variable}End`, count };
}

/** Loops over a box of positions; where they add to sums, long ones in blocks. */
function overBox(
  { float }: Cells,
  loops: readonly SumLoop[],
  sums: readonly string[],
  body: (suffix: string) => string,
): string {
  const options = sums.length > 0 ? { type: float } : { chain: Number.MAX_SAFE_INTEGER };
  return sumLoops(loops, sums, (suffix) => body(suffix).trim(), options);
}

/**
 * Visits the cells (p, q) of y whose windows cover x's cell. `each(at, suffix)` gets the WGSL of the index in y, and
 * what to append to the name of the `sum` that it adds to.
 */
export function forEachWindow(
  spec: Pool2dSpec,
  before: string,
  each: (at: string, suffix: string) => string,
  after: string,
): Steps {
  const cells = cellsOf(spec);
  const { kernel, stride, padding } = spec;
  const output = pool2dOutputSize(spec);
  const at = index(cells, `(plane * ${output[0]}u + p) * ${cells.pitch.y}u + q`);
  const place = (position: string, d: 0 | 1) => (padding[d] ? `(${position} + ${padding[d]}u)` : position);
  if (kernel[0] <= stride[0] && kernel[1] <= stride[1]) {
    // At most one window covers a position.
    const covered: string[] = [];
    const axis = (p: string, position: string, d: 0 | 1) => {
      const last = (d === 0 ? spec.height : spec.width) - 1;
      if (kernel[d] < stride[d]) covered.push(`${place(position, d)} % ${stride[d]}u < ${kernel[d]}u`);
      if (Math.floor((last + padding[d]) / stride[d]) >= output[d]) covered.push(`${p} < ${output[d]}u`);
      return `let ${p} = ${place(position, d)} / ${stride[d]}u;`;
    };
    const [perRow, perColumn] = [axis('p', 'row', 0), axis('q', 'column', 1)];
    const visit = each(at, '').trim();
    const guarded = covered.length ? `if (${covered.join(' && ')}) {\n${indent(visit)}\n}` : visit;
    return { perRow, perColumn, perCell: `${before.trim()}\n${guarded}\n${after.trim()}` };
  }
  const windows = (d: 0 | 1) => Math.ceil(kernel[d] / stride[d]);
  const range = (p: string, position: string, d: 0 | 1) => `
let ${p}First = (max(${place(position, d)} + ${stride[d]}u, ${kernel[d]}u) - ${kernel[d]}u) / ${stride[d]}u;
let ${p}End = min(${place(position, d)} / ${stride[d]}u + 1u, ${output[d]}u);`;
  return {
    perRow: range('p', 'row', 0),
    perColumn: range('q', 'column', 1),
    perCell: `
${before.trim()}
${overBox(cells, [boxLoop('p', windows(0)), boxLoop('q', windows(1))], ['sum'], (suffix) => each(at, suffix))}
${after.trim()}`,
  };
}
