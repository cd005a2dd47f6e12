import type { Constants } from '../constants.ts';
import { indent, type Kernel, type KernelBinding, linearKernel } from '../kernel.ts';
import type { Machine } from '../machine.ts';
import {
  cellsOf,
  type Pool2dSpec,
  pool2dDilation,
  pool2dLayouts,
  pool2dOutputSize,
  pool2dReach,
} from './spec.ts';

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
${aboutWindow(spec)}.
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

function aboutWindow(spec: Pool2dSpec): string {
  const [kernel, stride, padding] = [spec.kernel, spec.stride, spec.padding].map((sizes) => sizes.join('x'));
  const apart = isDilated(spec) ? `, dilation ${pool2dDilation(spec).join('x')}` : '';
  return `Window ${kernel}, stride ${stride}, padding ${padding}${apart}`;
}

export function isDilated(spec: Pool2dSpec): boolean {
  return pool2dDilation(spec).some((step) => step > 1);
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
    DILATION_H: pool2dDilation(spec)[0],
    DILATION_W: pool2dDilation(spec)[1],
    REACH_H: [pool2dReach(spec, 0), 'rows from the first position of a window to its last'],
    REACH_W: [pool2dReach(spec, 1), 'columns from the first position of a window to its last'],
    X_LINE: [pitch.x, 'cells from one line of x to the next'],
    Y_LINE: [pitch.y, 'cells from one line of y to the next'],
  };
}

/** Names of the sizes of one axis. */
export const axisNames = {
  0: {
    extent: 'H',
    output: 'P',
    kernel: 'R',
    stride: 'STRIDE_H',
    padding: 'PADDING_H',
    dilation: 'DILATION_H',
  },
  1: {
    extent: 'W',
    output: 'Q',
    kernel: 'S',
    stride: 'STRIDE_W',
    padding: 'PADDING_W',
    dilation: 'DILATION_W',
  },
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
