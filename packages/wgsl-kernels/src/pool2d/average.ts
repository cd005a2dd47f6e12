import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { elementCount } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { axisNames, poolKernel } from './emit.ts';
import { forEachTap, forEachWindow } from './loops.ts';
import {
  cellsOf,
  isClipped,
  type Pool2dSpec,
  pool2dLayouts,
  pool2dOutputSize,
  pool2dOverhang,
} from './spec.ts';

/** An average-pooling, and what counts in its mean. */
export interface AvgPool2dSpec extends Omit<Pool2dSpec, 'dilation'> {
  /** True (the default, as in PyTorch): zeros of the padding count in the mean. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by, in place of how many numbers they have: an integer other than 0. */
  readonly divisorOverride?: number;
}

/** Average-pooling: y = the mean of the window. Bindings: x, y. */
export function avgPool2dForward(spec: AvgPool2dSpec, machine: Machine = machines.gpu): Kernel {
  const cells = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  return poolKernel({
    name: 'avgPool2dForward',
    about: `
y[p,q] = Σ x under the window at (p,q) / ${aboutDivisor(spec)}.`,
    spec,
    side: 'y',
    bindings: [reads('x', `array<${cells.float}>`), readsWrites('y', `array<${cells.float}>`)],
    machine,
    cell: forEachTap(
      spec,
      () => `var sum = ${cells.float}(0.0);`,
      (_, at, suffix) => `sum${suffix} += x[${at}];`,
      `y[at] = sum / ${divisor(spec, 'row', 'column')};`,
      ['sum'],
    ),
    written: ['y'],
    flop: elementCount(y.shape) * (elementCount(spec.kernel) + 1),
    bytes: 4 * (x.size + y.size),
  });
}

/**
 * The gradient of average-pooling as a gather: dx[h,w] = Σ dy/divisor over the windows that cover (h,w). Bindings:
 * dy, dx.
 */
export function avgPool2dGradient(spec: AvgPool2dSpec, machine: Machine = machines.gpu): Kernel {
  const cells = cellsOf(spec);
  const { x, y } = pool2dLayouts(spec);
  const constant = isConstant(spec);
  return poolKernel({
    name: 'avgPool2dGradient',
    about: 'dx[h,w] = Σ dy[p,q] / divisor over the windows (p,q) that cover (h,w).',
    spec,
    side: 'x',
    bindings: [reads('dy', `array<${cells.float}>`), readsWrites('dx', `array<${cells.float}>`)],
    machine,
    cell: forEachWindow(
      spec,
      `var sum = ${cells.float}(0.0);`,
      (at, suffix) => `sum${suffix} += dy[${at}]${constant ? '' : ` / ${divisor(spec, 'p', 'q')}`};`,
      constant ? `dx[at] = sum / ${divisor(spec, 'p', 'q')};` : 'dx[at] = sum;',
    ),
    written: ['dx'],
    flop: elementCount(y.shape) * elementCount(spec.kernel) * 2,
    bytes: 4 * (x.size + y.size),
  });
}

/** True if every window's sum is divided by the same number. */
function isConstant(spec: AvgPool2dSpec): boolean {
  const { countIncludePad = true, divisorOverride } = spec;
  if (divisorOverride !== undefined) return true;
  const differs = (d: 0 | 1) => (countIncludePad ? pool2dOverhang(spec, d) > 0 : isClipped(spec, d));
  return !differs(0) && !differs(1);
}

function aboutDivisor(spec: AvgPool2dSpec): string {
  const { countIncludePad = true, divisorOverride } = spec;
  if (divisorOverride !== undefined) return `${divisorOverride}`;
  if (isConstant(spec)) return 'its size';
  return `the positions of it inside the image${countIncludePad ? ' or the padding' : ''}`;
}

/** WGSL: what the sum over the window of cell (p, q) is divided by. */
function divisor(spec: AvgPool2dSpec, p: string, q: string): string {
  const { countIncludePad = true, divisorOverride } = spec;
  if (divisorOverride !== undefined) return `f32(${divisorOverride}.0)`;
  if (isConstant(spec)) return 'f32(R * S)';
  const inside = (position: string, d: 0 | 1) => {
    const { extent, kernel, stride, padding } = axisNames[d];
    const start = `${position} * ${stride}`;
    const end = (limit: string) => `min(${start} + ${kernel}, ${limit})`;
    return countIncludePad
      ? `(${end(`${extent} + 2u * ${padding}`)} - ${start})`
      : `(${end(`${extent} + ${padding}`)} - max(${start}, ${padding}))`;
  };
  return `f32(${inside(p, 0)} * ${inside(q, 1)})`;
}

/** The float64 twin of `avgPool2dForward`, over a row-major x [N,C,H,W]. */
export function avgPool2dForwardOracle(x: ArrayLike<number>, spec: AvgPool2dSpec): Float64Array {
  const y = new Float64Array(spec.batch * spec.channels * elementCount(pool2dOutputSize(spec)));
  forEachPair(spec, (from, to, count) => {
    y[to] += x[from] / count;
  });
  return y;
}

/** The float64 twin of `avgPool2dGradient`. */
export function avgPool2dGradientOracle(dy: ArrayLike<number>, spec: AvgPool2dSpec): Float64Array {
  const dx = new Float64Array(spec.batch * spec.channels * spec.height * spec.width);
  forEachPair(spec, (from, to, count) => {
    dx[from] += dy[to] / count;
  });
  return dx;
}

/** Every position of x with every window that covers it, and what that window's sum is divided by. */
function forEachPair(spec: AvgPool2dSpec, visit: (x: number, y: number, count: number) => void): void {
  const { batch, channels, height, width, kernel, stride, padding } = spec;
  const { countIncludePad = true, divisorOverride } = spec;
  const [rows, columns] = pool2dOutputSize(spec);
  for (let at = 0; at < batch * channels * rows * columns; at++) {
    const plane = Math.floor(at / (rows * columns));
    const [p, q] = [Math.floor(at / columns) % rows, at % columns];
    const sources: number[] = [];
    let padded = 0;
    for (let r = 0; r < kernel[0]; r++) {
      for (let s = 0; s < kernel[1]; s++) {
        const [h, w] = [p * stride[0] + r - padding[0], q * stride[1] + s - padding[1]];
        if (h < height + padding[0] && w < width + padding[1]) padded++;
        if (h >= 0 && h < height && w >= 0 && w < width) sources.push((plane * height + h) * width + w);
      }
    }
    const count = divisorOverride ?? (countIncludePad ? padded : sources.length);
    for (const x of sources) visit(x, at, count);
  }
}
