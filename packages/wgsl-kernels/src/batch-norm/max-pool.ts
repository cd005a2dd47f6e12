import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { elementCount } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { poolKernel } from '../pool2d/emit.ts';
import { forEachTap } from '../pool2d/loops.ts';
import { maskPadding, maxPool2dForwardOracle } from '../pool2d/max.ts';
import { cellsOf, type Pool2dSpec, pool2dLayouts } from '../pool2d/spec.ts';
import { aboutRstd, type BatchNormMode, statisticsNames } from './forward.ts';
import { type BatchNormValues, batchNormForwardOracle } from './oracle.ts';

/** An index that no position has: the window's largest value is 0, and the ReLU lets no gradient through. */
const noWinner = 0xffffffff;

/** What is normalised and pooled, and by which statistics. */
export type BatchNormReluMaxPoolSpec = BatchNormMode & {
  /** The pooling; images of at least 4 channels. */
  readonly pool: Pool2dSpec;
};

/**
 * Batch norm, ReLU and max-pooling in one pass: what is normalised is never stored, only the largest of each window,
 * and where it was, as `maxPool2dForward` does; `noWinner` where the largest is 0. `maxPool2dGradient` then gives the
 * gradient in front of the ReLU. Bindings: x, statistics (or runningMean, runningVariance), weight, bias, y, index
 * (u32, laid out as y).
 * @throws RangeError for images of fewer than 4 channels: planar ones go through batch norm's own kernel.
 */
export function batchNormReluMaxPoolForward(
  spec: BatchNormReluMaxPoolSpec,
  machine: Machine = machines.gpu,
): Kernel {
  const { pool } = spec;
  const cells = cellsOf(pool);
  const { x, y } = pool2dLayouts(pool);
  if (pool.channels < 4) {
    throw new RangeError(
      `batchNormReluMaxPoolForward: ${pool.channels} channels are stored in planes; normalise first, then pool`,
    );
  }
  const group = cells.groups === 1 ? '0u' : 'group';
  const vector = 'array<vec4<f32>>';
  const batch = spec.statistics === 'batch';
  const rstd = batch
    ? `statistics[GROUPS + ${group}]`
    : `(vec4<f32>(1.0) / sqrt(runningVariance[${group}] + vec4<f32>(${spec.eps})))`;
  return poolKernel({
    name: 'batchNormReluMaxPoolForward',
    about: `
y[p,q] = the largest max(0, (x - mean)·${aboutRstd(spec)}·weight + bias) under the window at (p,q);
index[p,q] = h·W + w of the first that is as large, and ${noWinner} where that is 0.
${batch ? `statistics: [2,${pool.channels}], mean and rstd; ` : ''}other arrays per channel: [${pool.channels}]`,
    spec: pool,
    side: 'y',
    bindings: [
      ...['x', ...statisticsNames(spec), 'weight', 'bias'].map((name) => reads(name, vector)),
      readsWrites('y', vector),
      readsWrites('index', 'array<vec4<u32>>'),
    ],
    machine,
    cell: forEachTap(
      pool,
      () => `
let mean = ${batch ? 'statistics' : 'runningMean'}[${group}];
let scale = weight[${group}] * ${rstd};
let shift = bias[${group}];
var best = vec4<f32>(-1.0);
var winner = vec4<u32>(corner);`,
      (place, at) => `
let value = max((x[${at}] - mean) * scale + shift, vec4<f32>(0.0));
let better = (value > best) | (value != value);
best = select(best, value, better);
winner = select(winner, vec4<u32>(${place}), better);`,
      `
winner = select(winner, vec4<u32>(${noWinner}u), best <= vec4<f32>(0.0));
y[at] = best;
index[at] = ${maskPadding('winner', cells)};`,
    ),
    written: ['y', 'index'],
    flop: 5 * elementCount(y.shape) * elementCount(pool.kernel),
    bytes: 4 * (x.size + 2 * y.size + 4 * y.extents[1]),
  });
}

/** The float64 twin of `batchNormReluMaxPoolForward`, over a row-major x [N,C,H,W]. */
export function batchNormReluMaxPoolForwardOracle(
  x: ArrayLike<number>,
  pool: Pool2dSpec,
  values: BatchNormValues,
) {
  const shape = [pool.batch, pool.channels, pool.height, pool.width];
  const { y, index } = maxPool2dForwardOracle(
    batchNormForwardOracle(x, shape, { ...values, relu: true }),
    pool,
  );
  return { y, index: index.map((place, at) => (y[at] <= 0 ? noWinner : place)) };
}
