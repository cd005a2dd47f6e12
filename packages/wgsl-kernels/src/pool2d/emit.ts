import { indent, type Kernel, type KernelBinding, linearKernel, type Tuning } from '../kernel.ts';
import { type Cells, cellsOf, type Pool2dSpec, pool2dLayouts, pool2dOutputSize } from './spec.ts';

interface PoolKernel {
  readonly name: string;
  readonly about: string;
  readonly spec: Pool2dSpec;
  /** Which tensor the cells that are written belong to. */
  readonly side: 'x' | 'y';
  readonly bindings: readonly KernelBinding[];
  readonly tuning: Tuning;
  /** WGSL for one cell that is not padding: its plane, row, column and group are given, `at` is its index. */
  readonly cell: string;
  /** Arrays that `cell` writes at `at`, for the padding cells of planar lines. */
  readonly written: readonly string[];
  readonly flop: number;
  readonly bytes: number;
}

/** A kernel that writes each cell of x or y once: a line an invocation on CPUs, a cell an invocation on GPUs. */
export function poolKernel(text: PoolKernel): Kernel {
  const { name, about, spec, side, tuning } = text;
  const cells = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const [rows, columns] = side === 'x' ? [spec.height, spec.width] : pool2dOutputSize(spec);
  const pitch = cells.pitch[side];
  const { groups } = cells;
  const lines = cells.planes * rows;
  const byLine = tuning.workgroupSize < 32;
  const zero = (array: string) => `${array}[at] = ${array === 'index' ? '0u' : '0.0'};`;
  return linearKernel({
    name,
    about: `${about.trim()}
Window ${spec.kernel.join('x')}, stride ${spec.stride.join('x')}, padding ${spec.padding.join('x')}.
x: [${x.shape}] in order ${x.order}, padded [${x.extents}]
y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
One invocation writes ${byLine ? 'one line' : 'one cell'} of ${side}${groups > 1 ? ', all channels' : ''}.`,
    bindings: text.bindings,
    invocations: byLine ? lines : lines * pitch * groups,
    workgroupSize: tuning.workgroupSize,
    declarations: `
fn cell(line: u32, column: u32, group: u32) {
  let at = (line * ${pitch}u + column) * ${groups}u + group;
${
  pitch === columns
    ? ''
    : `  if (column >= ${columns}u) {
${text.written.map((array) => `    ${zero(array)}`).join('\n')}
    return;
  }
`
}  let plane = line / ${rows}u;
  let row = line % ${rows}u;
${indent(text.cell.trim())}
}`,
    body: byLine
      ? `
for (var column = 0u; column < ${pitch}u; column++) {
  for (var group = 0u; group < ${groups}u; group++) {
    cell(i, column, group);
  }
}`
      : `cell(i / ${pitch * groups}u, (i / ${groups}u) % ${pitch}u, i % ${groups}u);`,
    flop: text.flop,
    bytes: text.bytes,
  });
}

/** WGSL: the index in x of row `h`, column `w` of the cell's plane and group. */
export function xAt(spec: Pool2dSpec, cells: Cells): string {
  return `((plane * ${spec.height}u + h) * ${cells.pitch.x}u + w) * ${cells.groups}u + group`;
}

/** WGSL: the index in y of row `p`, column `q` of the cell's plane and group. */
export function yAt(spec: Pool2dSpec, cells: Cells): string {
  return `((plane * ${pool2dOutputSize(spec)[0]}u + p) * ${cells.pitch.y}u + q) * ${cells.groups}u + group`;
}

/** WGSL: visits the positions (h, w) of x under the window of y's cell (row, column), in scan order, padding left out. */
export function forEachTap(spec: Pool2dSpec, each: string): string {
  const axis = (h: string, r: string, d: 0 | 1, position: string) => {
    const [kernel, stride, padding] = [spec.kernel[d], spec.stride[d], spec.padding[d]];
    const extent = d === 0 ? spec.height : spec.width;
    // Positions in the padding before the image wrap around to huge ones.
    return {
      open: `for (var ${r} = 0u; ${r} < ${kernel}u; ${r}++) {
  let ${h} = ${position} * ${stride}u + ${r}${padding ? ` - ${padding}u` : ''};`,
      check: padding ? `\n  if (${h} >= ${extent}u) { continue; }` : '',
    };
  };
  const rows = axis('h', 'r', 0, 'row');
  const columns = axis('w', 's', 1, 'column');
  const inner = `${columns.open}${columns.check}\n${indent(each.trim())}\n}`;
  return `${rows.open}${rows.check}\n${indent(inner)}\n}`;
}

/** WGSL: visits the cells (p, q) of y whose windows cover x's position (row, column). */
export function forEachWindow(spec: Pool2dSpec, each: string): string {
  const output = pool2dOutputSize(spec);
  const axis = (p: string, d: 0 | 1, position: string) => {
    const [kernel, stride, padding] = [spec.kernel[d], spec.stride[d], spec.padding[d]];
    const place = padding ? `(${position} + ${padding}u)` : position;
    return `let ${p}First = (max(${place} + ${stride}u, ${kernel}u) - ${kernel}u) / ${stride}u;
let ${p}Last = min(${place} / ${stride}u, ${output[d] - 1}u);
for (var ${p} = ${p}First; ${p} <= ${p}Last; ${p}++) {`;
  };
  const inner = `${axis('q', 1, 'column')}\n${indent(each.trim())}\n}`;
  return `${axis('p', 0, 'row')}\n${indent(inner)}\n}`;
}
