import { type SumLoop, sumLoops } from '../cascade.ts';
import type { Constants } from '../constants.ts';
import { indent, type Kernel, type KernelBinding, linearKernel, repeat } from '../kernel.ts';
import type { Machine } from '../machine.ts';
import { type Cells, cellsOf, type Pool2dSpec, pool2dLayouts, pool2dOutputSize } from './spec.ts';

interface PoolKernel {
  readonly name: string;
  readonly about: string;
  readonly spec: Pool2dSpec;
  /** Which tensor the cells that are written belong to. */
  readonly side: 'x' | 'y';
  readonly bindings: readonly KernelBinding[];
  readonly machine: Machine;
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
  const { spec, side, machine } = text;
  const { planes, groups, pitch } = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const rows = side === 'x' ? spec.height : pool2dOutputSize(spec)[0];
  const byLine = machine.invocations === 'few';
  return linearKernel({
    name: text.name,
    about: `${text.about.trim()}
Window ${spec.kernel.join('x')}, stride ${spec.stride.join('x')}, padding ${spec.padding.join('x')}.
x: [${x.shape}] in order ${x.order}, padded [${x.extents}]
y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
One invocation writes ${byLine ? `one line of ${side}${groups > 1 ? ', all channels' : ''}` : `one cell of ${side}`}.`,
    bindings: text.bindings,
    invocations: planes * rows * (byLine ? 1 : pitch[side] * groups),
    workgroupSize: machine.workgroupSize,
    constants: poolConstants(spec),
    body: byLine ? lineBody(text) : cellBody(text),
    flop: text.flop,
    bytes: text.bytes,
  });
}

/** The numbers that the texts use, by name. */
function poolConstants(spec: Pool2dSpec): Constants {
  const { groups, pitch } = cellsOf(spec);
  const [rows, columns] = pool2dOutputSize(spec);
  return {
    GROUPS: [groups, 'vec4s of channels'],
    H: spec.height,
    W: spec.width,
    P: rows,
    Q: columns,
    R: spec.kernel[0],
    S: spec.kernel[1],
    STRIDE_H: spec.stride[0],
    STRIDE_W: spec.stride[1],
    PADDING_H: spec.padding[0],
    PADDING_W: spec.padding[1],
    X_LINE: [pitch.x, 'cells from one line of x to the next'],
    Y_LINE: [pitch.y, 'cells from one line of y to the next'],
  };
}

/** Names of the sizes of one axis. */
export const axisNames = {
  0: { extent: 'H', output: 'P', kernel: 'R', stride: 'STRIDE_H', padding: 'PADDING_H' },
  1: { extent: 'W', output: 'Q', kernel: 'S', stride: 'STRIDE_W', padding: 'PADDING_W' },
} as const;

/** Names of the rows, the columns and the line of the side that is written. */
const sideNames = { x: ['H', 'W', 'X_LINE'], y: ['P', 'Q', 'Y_LINE'] } as const;

function lineBody({ spec, side, cell, written }: PoolKernel): string {
  const { groups, pitch } = cellsOf(spec);
  const [rows, columns, line] = sideNames[side];
  const padded = pitch[side] !== (side === 'x' ? spec.width : pool2dOutputSize(spec)[1]);
  const inner =
    groups === 1
      ? `let at = i * ${line} + column;\n${cell.perCell.trim()}`
      : `for (var group = 0u; group < GROUPS; group++) {
  let at = (i * ${line} + column) * GROUPS + group;
${indent(cell.perCell.trim())}
}`;
  return `
let plane = i / ${rows};
let row = i % ${rows};
${cell.perRow.trim()}
for (var column = 0u; column < ${columns}; column++) {
${indent(`${cell.perColumn.trim()}\n${inner}`.trim())}
}
${
  padded
    ? `for (var at = i * ${line} + ${columns}; at < (i + 1u) * ${line}; at++) {
${indent(zero(written))}
}`
    : ''
}`;
}

function cellBody({ spec, side, cell, written }: PoolKernel): string {
  const { groups, pitch } = cellsOf(spec);
  const [rows, columns, line] = sideNames[side];
  const padded = pitch[side] !== (side === 'x' ? spec.width : pool2dOutputSize(spec)[1]);
  return `
let at = i;
${groups === 1 ? '' : 'let group = i % GROUPS;'}
let column = (i / GROUPS) % ${line};
${padded ? `if (column >= ${columns}) {\n${indent(zero(written))}\n  return;\n}` : ''}
let line = i / (${line} * GROUPS);
let plane = line / ${rows};
let row = line % ${rows};
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
  return groups === 1 ? cell : `(${cell}) * GROUPS + group`;
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
  const { kernel, padding } = spec;
  const inner = (place: string, at: string) => `{\n${indent(each(place, at, '').trim())}\n}`;
  if (padding[0] === 0 && padding[1] === 0 && kernel[0] * kernel[1] <= 16) {
    const taps = repeat(kernel[0] * kernel[1], (tap) => {
      const [r, s] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
      return inner(`corner + (${r}u * W + ${s}u)`, `start + (${r}u * X_LINE + ${s}u) * GROUPS`);
    });
    return {
      perRow: '',
      perColumn: 'let corner = row * (STRIDE_H * W) + column * STRIDE_W;',
      perCell: `
let start = ${index(cells, '(plane * H + row * STRIDE_H) * X_LINE + column * STRIDE_W')};
${before('start').trim()}
${taps}
${after.trim()}`,
    };
  }
  // The window's part inside the image.
  const range = (first: string, end: string, position: string, d: 0 | 1) => {
    const { extent, kernel, stride, padding } = axisNames[d];
    return `
let ${first} = max(${position} * ${stride}, ${padding}) - ${padding};
let ${end} = min(${position} * ${stride} + ${kernel}, ${extent} + ${padding}) - ${padding};`;
  };
  const tapLoop = (variable: string, d: 0 | 1): SumLoop => ({
    ...boxLoop(variable, kernel[d]),
    multiple: padding[d] === 0 ? kernel[d] : 1,
  });
  return {
    perRow: range('hFirst', 'hEnd', 'row', 0),
    perColumn: `${range('wFirst', 'wEnd', 'column', 1)}\nlet corner = hFirst * W + wFirst;`,
    perCell: `
${before(index(cells, '(plane * H + hFirst) * X_LINE + wFirst')).trim()}
${overBox(cells, [tapLoop('h', 0), tapLoop('w', 1)], sums, (suffix) =>
  each('h * W + w', index(cells, '(plane * H + h) * X_LINE + w'), suffix),
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
  const at = index(cells, '(plane * P + p) * Y_LINE + q');
  const place = (position: string, d: 0 | 1) =>
    padding[d] ? `(${position} + ${axisNames[d].padding})` : position;
  if (kernel[0] <= stride[0] && kernel[1] <= stride[1]) {
    // At most one window covers a position.
    const covered: string[] = [];
    const axis = (p: string, position: string, d: 0 | 1) => {
      const names = axisNames[d];
      const last = (d === 0 ? spec.height : spec.width) - 1;
      if (kernel[d] < stride[d]) covered.push(`${place(position, d)} % ${names.stride} < ${names.kernel}`);
      if (Math.floor((last + padding[d]) / stride[d]) >= output[d]) covered.push(`${p} < ${names.output}`);
      return `let ${p} = ${place(position, d)} / ${names.stride};`;
    };
    const [perRow, perColumn] = [axis('p', 'row', 0), axis('q', 'column', 1)];
    const visit = each(at, '').trim();
    const guarded = covered.length ? `if (${covered.join(' && ')}) {\n${indent(visit)}\n}` : visit;
    return { perRow, perColumn, perCell: `${before.trim()}\n${guarded}\n${after.trim()}` };
  }
  const windows = (d: 0 | 1) => Math.ceil(kernel[d] / stride[d]);
  const range = (p: string, position: string, d: 0 | 1) => {
    const { kernel, stride, output } = axisNames[d];
    const at = place(position, d);
    return `
let ${p}First = (max(${at} + ${stride}, ${kernel}) - ${kernel}) / ${stride};
let ${p}End = min(${at} / ${stride} + 1u, ${output});`;
  };
  return {
    perRow: range('p', 'row', 0),
    perColumn: range('q', 'column', 1),
    perCell: `
${before.trim()}
${overBox(cells, [boxLoop('p', windows(0)), boxLoop('q', windows(1))], ['sum'], (suffix) => each(at, suffix))}
${after.trim()}`,
  };
}
