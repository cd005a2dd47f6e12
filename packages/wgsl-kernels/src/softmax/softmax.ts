import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { inRow, laneSum, overRow, rowMaximum, rowsOf, sumOverRow } from './rows.ts';

/** Softmax, or its logarithm. */
export type SoftmaxOp = 'softmax' | 'logSoftmax';

/**
 * y = exp(x - m) / s or x - m - log s, with m the largest x and s the sum of exp(x - m) over the last dimension.
 * Bindings: x, y, both in `layout`, whose last dimension is innermost (`rowMajor`).
 */
export function softmaxForward(
  op: SoftmaxOp,
  layout: Layout,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const rows = rowsOf(op, layout);
  const body =
    op === 'softmax'
      ? `
${sumOverRow(
  rows,
  ['total'],
  (suffix) => `let e = ${inRow(rows, 'exp(x[row + k] - m)')};
total${suffix} += e;
y[row + k] = e;`,
)}
let scale = 1f / (${laneSum('total')});
${overRow(`y[row + k] = ${inRow(rows, 'y[row + k] * scale')};`)}`
      : `
${sumOverRow(rows, ['total'], (suffix) => `total${suffix} += ${inRow(rows, 'exp(x[row + k] - m)')};`)}
let logTotal = log(${laneSum('total')});
${overRow(`y[row + k] = ${inRow(rows, 'x[row + k] - m - logTotal')};`)}`;
  return linearKernel({
    name: `${op}Forward`,
    about: `
y = ${op === 'softmax' ? 'exp(x - m) / s' : 'x - m - log(s)'},
m = max of x, s = sum of exp(x - m), both over the last dimension
x, y: [${layout.shape}] row-major, rows padded to ${rows.vectors * 4}
One invocation computes one row.`,
    bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('y', 'array<vec4<f32>>')],
    invocations: rows.count,
    workgroupSize,
    constants: rows.constants,
    body: `
let row = i * ROW4;
${rowMaximum(rows, 'x')}
var total = vec4<f32>();
${body.trim()}`,
    flop: 5 * rows.count * rows.size,
    bytes: 8 * layout.size,
  });
}

/**
 * softmax: dx = y (dy - sum of dy y); logSoftmax: dx = dy - exp(y) sum of dy; sums over the last dimension.
 * Bindings: dy, y, dx, all in `layout`.
 */
export function softmaxGradient(
  op: SoftmaxOp,
  layout: Layout,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const rows = rowsOf(op, layout);
  const [term, result] =
    op === 'softmax'
      ? ['dy[row + k] * y[row + k]', inRow(rows, 'y[row + k] * (dy[row + k] - sum)')]
      : ['dy[row + k]', inRow(rows, 'dy[row + k] - exp(y[row + k]) * sum')];
  return linearKernel({
    name: `${op}Gradient`,
    about: `
dx = ${op === 'softmax' ? 'y (dy - sum of dy y)' : 'dy - exp(y) sum of dy'}, sums over the last dimension
dy, y, dx: [${layout.shape}] row-major, rows padded to ${rows.vectors * 4}
One invocation computes one row.`,
    bindings: [
      reads('dy', 'array<vec4<f32>>'),
      reads('y', 'array<vec4<f32>>'),
      readsWrites('dx', 'array<vec4<f32>>'),
    ],
    invocations: rows.count,
    workgroupSize,
    constants: rows.constants,
    body: `
let row = i * ROW4;
var sums = vec4<f32>();
${sumOverRow(rows, ['sums'], (suffix) => `sums${suffix} += ${term};`)}
let sum = ${laneSum('sums')};
${overRow(`dx[row + k] = ${result};`)}`,
    flop: 4 * rows.count * rows.size,
    bytes: 12 * layout.size,
  });
}

/** y in float64; x has rows of `size` elements. */
export function softmaxForwardOracle(op: SoftmaxOp, x: ArrayLike<number>, size: number): Float64Array {
  const y = Float64Array.from(x);
  for (let row = 0; row < y.length; row += size) {
    const values = y.subarray(row, row + size);
    const m = Math.max(...values);
    const logTotal = Math.log(values.reduce((sum, value) => sum + Math.exp(value - m), 0));
    for (let c = 0; c < size; c++) {
      const log = values[c] - m - logTotal;
      values[c] = op === 'softmax' ? Math.exp(log) : log;
    }
  }
  return y;
}

/** dx in float64 from dy and y. */
export function softmaxGradientOracle(
  op: SoftmaxOp,
  dy: ArrayLike<number>,
  y: ArrayLike<number>,
  size: number,
): Float64Array {
  const dx = new Float64Array(y.length);
  for (let row = 0; row < y.length; row += size) {
    let sum = 0;
    for (let c = row; c < row + size; c++) sum += op === 'softmax' ? dy[c] * y[c] : dy[c];
    for (let c = row; c < row + size; c++) {
      dx[c] = op === 'softmax' ? y[c] * (dy[c] - sum) : dy[c] - Math.exp(y[c]) * sum;
    }
  }
  return dx;
}
