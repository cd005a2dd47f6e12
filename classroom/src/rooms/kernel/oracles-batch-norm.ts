/** Rows of the table of oracles: batch norm in training, as the page's net has it. */
import type { KernelFactory } from '@glassbox/tensor-core';
import {
  batchNormForward,
  batchNormForwardOracle,
  batchNormGradientMerge,
  batchNormGradientOracle,
  batchNormInputGradient,
  batchNormMerge,
  batchNormRunningOracle,
  batchNormStatisticsOracle,
  elementCount,
} from '@glassbox/wgsl-kernels';
import type { Draw, Operands } from './operands.ts';
import { absolute, type Derivative, dot, largest, type Row, row } from './oracle-types.ts';

/** That of `BatchNorm2d` in the page's net, PyTorch's default. */
const eps = 1e-5;

/** Mean and variance of the statistics [2,C] that a kernel reads: their second row is 1/√variance. */
function statisticsOf(o: Operands) {
  const both = o.dense('statistics');
  const channels = both.length / 2;
  return {
    mean: both.subarray(0, channels),
    variance: both.slice(channels).map((rstd) => rstd ** -2),
  };
}

const shapeOf = (o: Operands) => o.shape('x');
const channelsOf = (o: Operands) => shapeOf(o)[1];
const zeros = (o: Operands) => new Float64Array(channelsOf(o));
const channelAt = (o: Operands) => {
  const inner = elementCount(shapeOf(o).slice(2));
  return (index: number) => Math.floor(index / inner) % channelsOf(o);
};

/** All three gradients, dx where x came out of a ReLU. */
function gradients(o: Operands) {
  const values = { weight: o.dense('weight'), bias: zeros(o), eps };
  const x = o.dense('x');
  const found = batchNormGradientOracle(o.dense('dy'), x, shapeOf(o), values);
  return { ...found, dx: found.dx.map((value, i) => (x[i] > 0 ? value : 0)) };
}

/** What the gradients of the weights add up, without signs: their rounding errors go with that. */
function termSizes(o: Operands) {
  const { mean, variance } = batchNormStatisticsOracle(o.dense('x'), shapeOf(o));
  const channel = channelAt(o);
  const [dWeight, dBias] = [zeros(o), zeros(o)];
  const x = o.dense('x');
  for (const [i, dy] of o.dense('dy').entries()) {
    const c = channel(i);
    dBias[c] += Math.abs(dy);
    dWeight[c] += Math.abs((dy * (x[i] - mean[c])) / Math.sqrt(variance[c] + eps));
  }
  const rstd = variance.map((each) => 1 / Math.sqrt(each + eps));
  const dxSum = dBias.map((each, c) => Math.abs(o.dense('weight')[c]) * rstd[c] * (each + dWeight[c]));
  return { dWeight: largest(dWeight), dBias: largest(dBias), dxSum: largest(dxSum) };
}

/** An input that came out of a ReLU, and all that goes with it. */
function drawConsistent(o: Operands, draw: Draw) {
  const count = elementCount(shapeOf(o));
  const x = draw.signed(count).map((value) => Math.max(0, value));
  const { mean, variance } = batchNormStatisticsOracle(x, shapeOf(o));
  const dy = draw.signed(count);
  const weight = draw.signed(channelsOf(o));
  const statistics = [...mean, ...variance.map((each) => 1 / Math.sqrt(each + eps))];
  return { x, dy, weight, statistics };
}

/** Σ dy · batchNorm(relu(before)), where `before` is what x was before its ReLU: anything below 0 where x is 0. */
function throughRelu(o: Operands): Derivative {
  const values = { weight: o.dense('weight'), bias: zeros(o), eps };
  return {
    output: 'dx',
    at: o.dense('x').map((x) => (x > 0 ? x : -1)),
    f: (before) =>
      dot(
        batchNormForwardOracle(
          before.map((value) => Math.max(0, value)),
          shapeOf(o),
          values,
        ),
        o.dense('dy'),
      ),
    step: 1e-4,
  };
}

export const batchNormRows: readonly (readonly [KernelFactory, Row])[] = [
  row(batchNormMerge, {
    folder: 'batch-norm',
    formula: 'mean = Σx / n; rstd = 1 / √(Σ(x − mean)² / n + eps); running = 0.9 · running + 0.1 · new',
    outputs: ['statistics', 'runningMean', 'runningVariance'],
    inPlace: ['runningMean', 'runningVariance'],
    tolerance: 2e-6,
    expected: ([{ eps: own, momentum }], o) => {
      const x = o.dense('x');
      const found = batchNormStatisticsOracle(x, shapeOf(o));
      const before = { mean: o.dense('runningMean'), variance: o.dense('runningVariance') };
      const share = momentum === 'given' ? o.dense('momentum')[0] : momentum!;
      const running = batchNormRunningOracle(before, found, share);
      const rstd = found.variance.map((each) => 1 / Math.sqrt(each + own));
      const sizes = batchNormStatisticsOracle(absolute(x), shapeOf(o)).mean;
      return {
        statistics: {
          values: [...found.mean, ...rstd],
          scale: [...found.mean.map(() => largest(sizes)), ...rstd.map(() => largest(rstd))],
        },
        runningMean: { values: running.mean, scale: largest(sizes) + largest(before.mean) },
        runningVariance: { values: running.variance },
      };
    },
    draw: (_, o, draw) => ({ runningVariance: draw.positive(channelsOf(o)) }),
  }),
  row(batchNormForward, {
    folder: 'batch-norm',
    formula: 'y = (x − mean) · rstd · weight + bias',
    outputs: ['y'],
    tolerance: 2e-6,
    expected: (_, o) => {
      const values = { weight: o.dense('weight'), bias: o.dense('bias'), eps: 0, ...statisticsOf(o) };
      const y = batchNormForwardOracle(o.dense('x'), shapeOf(o), values);
      return { y: { values: y, scale: largest(y) + largest(o.dense('bias')) } };
    },
    draw: (_, o, draw) => ({
      statistics: [...draw.signed(channelsOf(o)), ...draw.positive(channelsOf(o))],
    }),
  }),
  row(batchNormGradientMerge, {
    folder: 'batch-norm',
    formula: 'dBias = Σ dy; dWeight = Σ dy · (x − mean) · rstd; dxSum = Σ dx',
    outputs: ['dWeight', 'dBias', 'dxSum'],
    tolerance: 2e-6,
    expected: (_, o) => {
      const { dx, dWeight, dBias } = gradients(o);
      const dxSum = zeros(o);
      const channel = channelAt(o);
      for (const [i, value] of dx.entries()) dxSum[channel(i)] += value;
      const sizes = termSizes(o);
      return {
        dWeight: { values: dWeight, scale: sizes.dWeight },
        dBias: { values: dBias, scale: sizes.dBias },
        dxSum: { values: dxSum, scale: sizes.dxSum },
      };
    },
    draw: (_, o, draw) => drawConsistent(o, draw),
    derivative: (_, o) => ({
      output: 'dWeight',
      at: o.dense('weight'),
      f: (weight) =>
        dot(batchNormForwardOracle(o.dense('x'), shapeOf(o), { weight, bias: zeros(o), eps }), o.dense('dy')),
      step: 1e-3,
    }),
  }),
  row(batchNormInputGradient, {
    folder: 'batch-norm',
    formula: 'dx = weight · rstd · (dy − dBias / n − (x − mean) · rstd · dWeight / n) where x > 0, else 0',
    outputs: ['dx'],
    tolerance: 4e-6,
    expected: (_, o) => ({ dx: { values: gradients(o).dx } }),
    draw: (_, o, draw) => {
      const { x, dy, weight, statistics } = drawConsistent(o, draw);
      const values = { weight, bias: zeros(o), eps };
      const { dWeight, dBias } = batchNormGradientOracle(dy, x, shapeOf(o), values);
      return { x, dy, weight, statistics, dWeight, dBias };
    },
    derivative: (_, o) => throughRelu(o),
  }),
];
