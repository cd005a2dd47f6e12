/**
 * The table of oracles: for each kernel that a training step of the page launches its float64 twin, and for gradients
 * the function whose derivative they are. Where a launch only begins a result (`partials`), the row is that of the
 * launch that finishes it.
 */
import type { KernelFactory } from '@glassbox/tensor-core';
import {
  adam,
  adamHyper,
  adamOracle,
  type Conv2dSpec,
  conv2dBiasGradient,
  conv2dBiasGradientOracle,
  conv2dForward,
  conv2dForwardOracle,
  conv2dInputGradient,
  conv2dInputGradientOracle,
  conv2dWeightGradient,
  conv2dWeightGradientOracle,
  crossEntropy,
  crossEntropyOracle,
  dropout,
  dropoutOracle,
  elementCount,
  gatherImages,
  gatherImagesOracle,
  gatherLabels,
  gatherLabelsOracle,
  matmul,
  matmulOracle,
  reduce,
  reduceOracle,
  reshape,
  sgd,
  sgdHyper,
  sgdOracle,
  unaryGradient,
  unaryGradientOracle,
} from '@glassbox/wgsl-kernels';
import type { Operands } from './operands.ts';
import { absolute, dot, largest, type Row, row } from './oracle-types.ts';
import { batchNormRows } from './oracles-batch-norm.ts';

/** The optimisers' `hyper` for every group: numbers that leave no term out. */
const forGroups = (operands: Operands, numbers: readonly number[]) =>
  Array.from({ length: operands.shape('hyper')[0] }, (_, i) => numbers[i % numbers.length]);

/** Bytes of a tensor of words. */
const bytesOf = (operands: Operands, name: string) =>
  new Uint8Array(operands.content.get(name)!.buffer as ArrayBuffer);

const rowsBelow = (operands: Operands, limit: number, below: (limit: number) => number) =>
  Array.from({ length: operands.shape('rows')[0] }, () => below(limit));

const oneImage = (spec: Conv2dSpec): Conv2dSpec => ({ ...spec, batch: 1 });

const imageOf = ({ batch }: Conv2dSpec, values: Float64Array, n: number) =>
  values.subarray((n * values.length) / batch, ((n + 1) * values.length) / batch);

/** Of each image the pixels of one output channel. */
function channelOf({ batch, outChannels }: Conv2dSpec, values: Float64Array, k: number): Float64Array {
  const plane = values.length / (batch * outChannels);
  const chosen = new Float64Array(batch * plane);
  for (let n = 0; n < batch; n++) {
    const from = (n * outChannels + k) * plane;
    chosen.set(values.subarray(from, from + plane), n * plane);
  }
  return chosen;
}

export const oracles: ReadonlyMap<KernelFactory, Row> = new Map([
  row(gatherImages, {
    folder: 'gather',
    formula: 'y[b] = (image rows[b] / 255 − mean) / std',
    outputs: ['y'],
    tolerance: 1e-6,
    expected: ([{ y, mean, std }], o) => ({
      y: {
        values: gatherImagesOracle(bytesOf(o, 'data'), y.shape.slice(1), o.dense('rows'), mean, std),
      },
    }),
    draw: ([{ images }], o, draw) => ({ rows: rowsBelow(o, images, (limit) => draw.below(limit)) }),
  }),
  row(gatherLabels, {
    folder: 'gather',
    formula: 'y[b] = labels[rows[b]]',
    outputs: ['y'],
    tolerance: 0,
    expected: (_, o) => ({
      y: { values: gatherLabelsOracle(bytesOf(o, 'labels'), 1, o.dense('rows')) },
    }),
    draw: ([{ count }], o, draw) => ({ rows: rowsBelow(o, count, (limit) => draw.below(limit)) }),
  }),
  row(conv2dForward, {
    folder: 'conv2d',
    formula: ([{ stride, padding }, end]) =>
      `y[n,k,p,q] = ${end?.relu ? 'max(0, ' : ''}bias[k] + Σ_{c,r,s} x[n, c, p·${stride[0]} + r − ${padding[0]}, ` +
      `q·${stride[1]} + s − ${padding[1]}] · weight[k,c,r,s]${end?.relu ? ')' : ''}`,
    outputs: ['y'],
    tolerance: 2e-6,
    expected: ([spec, end = {}], o) => {
      const [x, weight, bias] = ['x', 'weight', 'bias'].map((name) => o.dense(name));
      const sizes = conv2dForwardOracle(oneImage(spec), absolute(x), absolute(weight), absolute(bias));
      return {
        y: { values: conv2dForwardOracle(spec, x, weight, bias, end.relu), scale: largest(sizes) },
      };
    },
  }),
  row(conv2dInputGradient, {
    folder: 'conv2d',
    formula: ([{ stride, padding }]) =>
      `dx[n,c,h,w] = Σ_{k,r,s} dy[n, k, (h + ${padding[0]} − r)/${stride[0]}, ` +
      `(w + ${padding[1]} − s)/${stride[1]}] · weight[k,c,r,s]`,
    outputs: ['dx'],
    tolerance: 2e-6,
    expected: ([spec], o) => {
      const [dy, weight] = ['dy', 'weight'].map((name) => o.dense(name));
      const dx = conv2dInputGradientOracle(spec, dy, weight);
      const sizes = conv2dInputGradientOracle(oneImage(spec), absolute(dy), absolute(weight));
      return { dx: { values: dx, scale: Math.max(largest(sizes), largest(dx)) } };
    },
    derivative: ([spec], o) => ({
      output: 'dx',
      at: new Float64Array(elementCount(o.shape('dx'))),
      // Other images than the element's own do not depend on it.
      f: (x, moved) => {
        const n = Math.floor(moved / (x.length / spec.batch));
        const y = conv2dForwardOracle(oneImage(spec), imageOf(spec, x, n), o.dense('weight'));
        return dot(y, imageOf(spec, o.dense('dy'), n));
      },
      step: 1e-3,
    }),
  }),
  row(conv2dWeightGradient, {
    folder: 'conv2d',
    formula: ([{ stride, padding }]) =>
      `dWeight[k,c,r,s] = Σ_{n,p,q} dy[n,k,p,q] · x[n, c, p·${stride[0]} + r − ${padding[0]}, ` +
      `q·${stride[1]} + s − ${padding[1]}]`,
    outputs: ['dWeight'],
    tolerance: 2e-6,
    expected: ([spec], o) => {
      const [x, dy] = ['x', 'dy'].map((name) => o.dense(name));
      const dWeight = conv2dWeightGradientOracle(spec, x, dy);
      const sizes = conv2dWeightGradientOracle(oneImage(spec), absolute(x), absolute(dy));
      return {
        dWeight: { values: dWeight, scale: Math.max(spec.batch * largest(sizes), largest(dWeight)) },
      };
    },
    derivative: ([spec], o) => ({
      output: 'dWeight',
      at: new Float64Array(elementCount(o.shape('dWeight'))),
      // Other output channels than the element's own do not depend on it.
      f: (weight, moved) => {
        const size = weight.length / spec.outChannels;
        const k = Math.floor(moved / size);
        const own = weight.subarray(k * size, (k + 1) * size);
        const y = conv2dForwardOracle({ ...spec, outChannels: 1 }, o.dense('x'), own);
        return dot(y, channelOf(spec, o.dense('dy'), k));
      },
      step: 1e-3,
    }),
  }),
  row(conv2dBiasGradient, {
    folder: 'conv2d',
    formula: 'dBias[k] = Σ_{n,p,q} dy[n,k,p,q]',
    outputs: ['dBias'],
    tolerance: 2e-6,
    expected: ([spec], o) => ({
      dBias: {
        values: conv2dBiasGradientOracle(spec, o.dense('dy')),
        scale: largest(conv2dBiasGradientOracle(spec, absolute(o.dense('dy')))),
      },
    }),
    derivative: ([spec], o) => ({
      output: 'dBias',
      at: new Float64Array(spec.outChannels),
      f: (bias) => {
        const [, , p, q] = o.shape('dy');
        const y = o.dense('dy').map((_, i) => bias[Math.floor(i / (p * q)) % spec.outChannels]);
        return dot(y, o.dense('dy'));
      },
      step: 1e-3,
    }),
  }),
  ...batchNormRows,
  row(unaryGradient, {
    folder: 'elementwise',
    formula: 'dx = dy where y > 0, else 0',
    outputs: ['dx'],
    tolerance: 1e-6,
    expected: ([op], o) => ({ dx: { values: unaryGradientOracle(op, o.dense('dy'), o.dense('y')) } }),
    draw: (_, o, draw) => ({
      y: draw.signed(elementCount(o.shape('y'))).map((value) => Math.max(0, value)),
    }),
    // y is 0 where x was below 0.
    derivative: (_, o) => ({
      output: 'dx',
      at: o.dense('y').map((y) => (y > 0 ? y : -1)),
      f: (x) =>
        dot(
          x.map((value) => Math.max(0, value)),
          o.dense('dy'),
        ),
      step: 1e-4,
    }),
  }),
  row(reshape, {
    folder: 'copy',
    formula: 'y = x in another shape and order in memory',
    outputs: ['y'],
    tolerance: 0,
    expected: (_, o) => ({ y: { values: o.dense('x') } }),
  }),
  row(dropout, {
    folder: 'random',
    formula: ([{ p }]) => `y = x / ${1 - p} where the element’s random number is at least ${p}, else 0`,
    outputs: ['y'],
    tolerance: 1e-6,
    expected: ([{ layout, p, stream }], o) => {
      const [low, high, step] = new Uint32Array(o.content.get('counter')!.buffer as ArrayBuffer);
      const key = { seed: low + high * 2 ** 32, stream, step };
      return { y: { values: dropoutOracle(o.dense('x'), layout.shape, p, key) } };
    },
  }),
  row(matmul, {
    folder: 'matmul',
    formula: ([{ transposeA, transposeB, bias }]) =>
      `c[i,j] = ${bias ? 'bias[j] + ' : ''}Σ_k a[${transposeA ? 'k,i' : 'i,k'}] · b[${transposeB ? 'j,k' : 'k,j'}]`,
    outputs: ['c'],
    tolerance: 2e-6,
    expected: ([spec], o) => {
      const [a, b] = [o.dense('a'), o.dense('b')];
      const bias = spec.bias ? o.dense('bias') : undefined;
      const sizes = matmulOracle(spec, absolute(a), absolute(b), bias && absolute(bias));
      return { c: { values: matmulOracle(spec, a, b, bias), scale: largest(sizes) } };
    },
    // Without a bias it is a gradient of y = x·weightᵀ: of x if it multiplies by the weights, else of the weights.
    derivative: ([spec], o) => {
      if (spec.bias) return undefined;
      const { m, k, n, transposeA } = spec;
      const [rows, features, outputs] = transposeA ? [k, n, m] : [m, n, k];
      const forward = { m: rows, k: features, n: outputs, transposeA: false, transposeB: true };
      const f = (c: Float64Array) =>
        dot(
          transposeA ? matmulOracle(forward, o.dense('b'), c) : matmulOracle(forward, c, o.dense('b')),
          o.dense('a'),
        );
      return { output: 'c', at: new Float64Array(m * n), f, step: 1e-3 };
    },
  }),
  row(crossEntropy, {
    folder: 'losses',
    formula: 'loss = mean of −log softmax(logits)[label]; dlogits = (softmax(logits) − onehot(label)) / N',
    outputs: ['loss', 'dlogits'],
    tolerance: 3e-6,
    expected: ([spec], o) => {
      const { loss, dlogits } = crossEntropyOf(spec, o, o.dense('logits'));
      return { loss: { values: [loss] }, dlogits: { values: dlogits } };
    },
    derivative: ([spec], o) => ({
      output: 'dlogits',
      at: o.dense('logits'),
      f: (logits) => crossEntropyOf(spec, o, logits).loss,
      step: 1e-4,
    }),
  }),
  row(reduce, {
    folder: 'reduce',
    formula: ([op, , dims]) => `y = ${op} of x over dimension ${dims}`,
    outputs: ['y'],
    tolerance: 2e-6,
    expected: ([op, { shape }, dims], o) => ({
      y: {
        values: reduceOracle(op, o.dense('x'), shape, dims),
        scale: largest(reduceOracle(op, absolute(o.dense('x')), shape, dims)),
      },
    }),
    // The gradient of a bias that was added to each row.
    derivative: ([, { shape }], o) => ({
      output: 'y',
      at: new Float64Array(shape[1]),
      f: (bias) =>
        dot(
          o.dense('x').map((_, i) => bias[i % shape[1]]),
          o.dense('x'),
        ),
      step: 1e-3,
    }),
  }),
  row(sgd, {
    folder: 'optimizer',
    formula: 'g = gradient + weightDecay·p; state = momentum·state + g; p −= lr·state',
    outputs: ['parameters', 'state'],
    inPlace: ['parameters', 'state'],
    tolerance: 2e-6,
    expected: (_, o) => {
      const [parameters, state] = ['parameters', 'state'].map((name) => o.dense(name).slice());
      const [gradients, groups, hyper] = ['gradients', 'groups', 'hyper'].map((name) => o.dense(name));
      sgdOracle({ parameters, gradients, state, groups, hyper });
      return { parameters: { values: parameters }, state: { values: state } };
    },
    draw: (_, o) => ({ hyper: forGroups(o, sgdHyper({ lr: 0.25, momentum: 0.75, weightDecay: 0.125 })) }),
  }),
  row(adam, {
    folder: 'optimizer',
    formula: ([{ decoupled }]) =>
      `${decoupled ? 'p −= lr·weightDecay·p; g = gradient' : 'g = gradient + weightDecay·p'}; ` +
      'm = β₁·m + (1 − β₁)·g; v = β₂·v + (1 − β₂)·g²; p −= lr · m̂ / (√v̂ + eps)',
    outputs: ['parameters', 'm', 'v'],
    inPlace: ['parameters', 'm', 'v'],
    tolerance: 2e-6,
    expected: ([{ decoupled }], o) => {
      const [parameters, m, v] = ['parameters', 'm', 'v'].map((name) => o.dense(name).slice());
      const [gradients, groups, hyper] = ['gradients', 'groups', 'hyper'].map((name) => o.dense(name));
      adamOracle({ parameters, gradients, m, v, groups, hyper }, { decoupled });
      return { parameters: { values: parameters }, m: { values: m }, v: { values: v } };
    },
    draw: (_, o, draw) => ({
      v: draw.positive(o.shape('v')[0]),
      hyper: forGroups(o, adamHyper({ lr: 0.25, weightDecay: 0.125, eps: 0.25, beta1: 0.75, beta2: 0.5 }, 3)),
    }),
  }),
]);

function crossEntropyOf(
  { logits: { shape }, reduction, labelSmoothing }: Parameters<typeof crossEntropy>[0],
  o: Operands,
  logits: Float64Array,
) {
  const spec = { shape: shape as readonly [number, number], reduction, labelSmoothing };
  return crossEntropyOracle(logits, o.dense('labels'), spec);
}
