import { type Kernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { poolKernel } from './emit.ts';
import { forEachTap, forEachWindow } from './loops.ts';
import {
  type Cells,
  cellsOf,
  type Pool2dSpec,
  pool2dDilation,
  pool2dLayouts,
  pool2dOutputSize,
} from './spec.ts';

/**
 * Max-pooling: y = the window's largest value, and where it was: index = h·W + w of the winner in its plane; the
 * first in scan order wins a tie, and the last NaN wins over everything, as in PyTorch. Bindings: x, y, index (u32,
 * laid out as y).
 */
export function maxPool2dForward(spec: Pool2dSpec, machine: Machine = machines.gpu): Kernel {
  const cells = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const { float, uint } = cells;
  return poolKernel({
    name: 'maxPool2dForward',
    about: `
y[p,q] = the largest x under the window at (p,q); index[p,q] = h·W + w of the first x that is as large.`,
    spec,
    side: 'y',
    bindings: [
      reads('x', `array<${float}>`),
      readsWrites('y', `array<${float}>`),
      readsWrites('index', `array<${uint}>`),
    ],
    machine,
    cell: forEachTap(
      spec,
      // Not from a lowest number: there is none that WGSL promises to be below all others.
      (first) => `
var best = x[${first}];
var winner = ${uint}(corner);`,
      (place, at) => `
let value = x[${at}];
let better = (value > best) | (value != value);
best = select(best, value, better);
winner = select(winner, ${uint}(${place}), better);`,
      `
y[at] = best;
index[at] = ${maskPadding('winner', cells)};`,
    ),
    written: ['y', 'index'],
    flop: elementCount(y.shape) * elementCount(spec.kernel),
    bytes: 4 * (x.size + 2 * y.size),
  });
}

/** WGSL: an index (u32 or vec4 of them), zero in the lanes beyond the last channel. */
export function maskPadding(value: string, { groups, usedLanes }: Cells): string {
  if (usedLanes === 4) return value;
  const mask = `vec4<u32>(${repeat(4, (l) => (l < usedLanes ? '1u' : '0u'), ', ')})`;
  return groups === 1
    ? `${value} * ${mask}`
    : `${value} * select(vec4<u32>(1u), ${mask}, group == GROUPS - 1u)`;
}

/**
 * The gradient of max-pooling as a gather: dx[h,w] = Σ dy over the windows that (h,w) won. No atomics, and the
 * sum's order is fixed. Bindings: dy, index, dx.
 */
export function maxPool2dGradient(spec: Pool2dSpec, machine: Machine = machines.gpu): Kernel {
  const cells = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const { float, uint } = cells;
  return poolKernel({
    name: 'maxPool2dGradient',
    about: 'dx[h,w] = Σ dy[p,q] over the windows (p,q) that cover (h,w) and whose index is h·W + w.',
    spec,
    side: 'x',
    bindings: [
      reads('dy', `array<${float}>`),
      reads('index', `array<${uint}>`),
      readsWrites('dx', `array<${float}>`),
    ],
    machine,
    cell: forEachWindow(
      spec,
      `
let position = ${uint}(row * W + column);
var sum = ${float}(0.0);`,
      (at, suffix) => `
let source = ${at};
sum${suffix} += select(${float}(0.0), dy[source], index[source] == position);`,
      'dx[at] = sum;',
    ),
    written: ['dx'],
    flop: elementCount(y.shape) * elementCount(spec.kernel),
    bytes: 4 * (x.size + 2 * y.size),
  });
}

/** The float64 twin of `maxPool2dForward`, over a row-major x [N,C,H,W]. */
export function maxPool2dForwardOracle(x: ArrayLike<number>, spec: Pool2dSpec) {
  const { batch, channels, height, width, kernel, stride, padding } = spec;
  const dilation = pool2dDilation(spec);
  const [rows, columns] = pool2dOutputSize(spec);
  const y = new Float64Array(batch * channels * rows * columns);
  const index = new Uint32Array(y.length);
  for (let at = 0; at < y.length; at++) {
    const plane = Math.floor(at / (rows * columns));
    const [p, q] = [Math.floor(at / columns) % rows, at % columns];
    let best: number | undefined;
    for (let r = 0; r < kernel[0]; r++) {
      for (let s = 0; s < kernel[1]; s++) {
        const h = p * stride[0] + r * dilation[0] - padding[0];
        const w = q * stride[1] + s * dilation[1] - padding[1];
        if (h < 0 || h >= height || w < 0 || w >= width) continue;
        const value = x[(plane * height + h) * width + w];
        if (best !== undefined && !(value > best || Number.isNaN(value))) continue;
        best = value;
        index[at] = h * width + w;
      }
    }
    y[at] = best!;
  }
  return { y, index };
}

/** The float64 twin of `maxPool2dGradient`. */
export function maxPool2dGradientOracle(
  dy: ArrayLike<number>,
  index: ArrayLike<number>,
  spec: Pool2dSpec,
): Float64Array {
  const { batch, channels, height, width } = spec;
  const outputs = elementCount(pool2dOutputSize(spec));
  const dx = new Float64Array(batch * channels * height * width);
  for (let at = 0; at < dy.length; at++) dx[Math.floor(at / outputs) * height * width + index[at]] += dy[at];
  return dx;
}
