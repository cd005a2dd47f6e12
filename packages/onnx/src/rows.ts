/**
 * The table of kernels: what each one computes, in nodes of ONNX. A row gets the arguments and operands with which an
 * op launched its kernel, and names the result. Layouts play no part: ONNX's tensors are row-major.
 */
import type { KernelFactory, Tensor } from '@glassbox/tensor-core';
import {
  argMax,
  avgPool2dForward,
  type BatchNormMode,
  batchNormForward,
  batchNormReluMaxPoolForward,
  batchNormScale,
  binaryForward,
  type ConvEpilogue,
  cast,
  conv2dForward,
  convTranspose2dForward,
  copyRegion,
  cumsum,
  equal,
  expand,
  gridSample,
  groupNormForward,
  layerNormForward,
  type Machine,
  matmul,
  maxPool2dForward,
  normalizeDims,
  oneHot,
  reduce,
  relayout,
  resample,
  reshape,
  softmaxForward,
  take,
  topK,
  unaryForward,
  variance,
  where,
} from '@glassbox/wgsl-kernels';
import { binary, unary } from './elementwise.ts';
import { type Graph, integers, type Literal, scalar } from './graph.ts';
import { dataTypes } from './model.ts';
import { reduced } from './reductions.ts';
import { copied } from './regions.ts';
import { resampled } from './resample.ts';
import { averagePooled, maxPooled, windows } from './windows.ts';

type Operands = Readonly<Record<string, Tensor>>;
/** Writes the nodes of one launch. */
export type Row = (graph: Graph, args: readonly unknown[], operands: Operands) => void;

/** The arguments that a row reads: those in front of the machine. */
type ArgsOf<F extends KernelFactory> = Exclude<Parameters<F>, readonly [Machine]>;

const row = <F extends KernelFactory>(
  kernel: F,
  write: (graph: Graph, args: ArgsOf<F>, operands: Operands) => void,
): readonly [KernelFactory, Row] => [kernel, write as unknown as Row];

/** A row of one result, y: `value` gives its name. */
const gives = <F extends KernelFactory>(
  kernel: F,
  value: (graph: Graph, args: ArgsOf<F>, operands: Operands) => string,
  result = 'y',
): readonly [KernelFactory, Row] =>
  row(kernel, (graph, args, operands) => graph.assign(operands[result], value(graph, args, operands)));

export const rows: ReadonlyMap<KernelFactory, Row> = new Map([
  gives(unaryForward, (graph, [op], { x }) => unary(graph, op, graph.valueOf(x))),
  gives(binaryForward, (graph, [op], { a, b }) => binary(graph, op, graph.valueOf(a), graph.valueOf(b))),

  gives(where, (graph, _, { condition, a, b }) => {
    // 9 is ONNX's bool, which no tensor here has.
    const chosen = graph.emit('Cast', [graph.valueOf(condition)], { to: 9 });
    return graph.emit('Where', [chosen, graph.valueOf(a), graph.valueOf(b)]);
  }),

  gives(conv2dForward, (graph, [spec, end = {}], { x, weight, ...rest }) => {
    const attributes = { ...windows(spec), group: spec.groups ?? 1 };
    const y = graph.emit('Conv', [graph.valueOf(x), graph.valueOf(weight), ...bias(graph, rest)], attributes);
    return finished(graph, y, end, rest);
  }),
  gives(
    convTranspose2dForward,
    (graph, [spec, end = {}], { dy: x, weight, ...rest }) => {
      const attributes = { ...windows(spec), output_padding: spec.outputPadding, group: spec.groups ?? 1 };
      const inputs = [graph.valueOf(x), graph.valueOf(weight), ...bias(graph, rest)];
      return finished(graph, graph.emit('ConvTranspose', inputs, attributes), end, rest);
    },
    'dx',
  ),

  gives(
    matmul,
    (graph, [spec], { a, b, ...rest }) => {
      const { transposeA = false, transposeB = false, batch, relu, accumulate } = spec;
      if (accumulate) throw new Error(`toOnnx: ${graph.from} adds to a matrix in place; use add`);
      const factors = [graph.valueOf(a), graph.valueOf(b)];
      const product =
        batch === undefined
          ? graph.emit('Gemm', [...factors, ...bias(graph, rest)], {
              transA: Number(transposeA),
              transB: Number(transposeB),
            })
          : products(graph, factors, [transposeA, transposeB], bias(graph, rest));
      return finished(graph, product, { relu }, rest);
    },
    'c',
  ),

  gives(batchNormForward, (graph, [spec], { x, ...rest }) =>
    finished(graph, normalised(graph, graph.valueOf(x), spec, rest), { relu: spec.relu }, rest),
  ),
  // Only a convolution's epilogue reads the scale, and it names what the scale was made from.
  row(batchNormScale, (graph, [{ eps }], { weight, runningVariance: variance, scale }) => {
    graph.scales.set(scale.storage, { weight, variance, eps });
  }),
  gives(batchNormReluMaxPoolForward, (graph, [{ pool, ...mode }], { x, ...rest }) => {
    const normal = normalised(graph, graph.valueOf(x), mode, rest);
    return maxPooled(graph, pool, graph.emit('Relu', [normal]));
  }),

  gives(groupNormForward, (graph, [{ x: layout, groups, eps }], { x, ...rest }) => {
    // As instance normalisation of groups in place of channels.
    const { shape } = layout;
    const split = graph.emit('Reshape', [graph.valueOf(x), integers(0, groups, -1)]);
    const parts = [split, repeated(1, groups), repeated(0, groups)];
    const normal = graph.emit('InstanceNormalization', parts, { epsilon: { float: eps } });
    const y = graph.emit('Reshape', [normal, { sizes: shape }]);
    const channels = (of: Tensor) => graph.emit('Reshape', [graph.valueOf(of), integers(-1, 1, 1)]);
    const scaled = rest.weight ? graph.emit('Mul', [y, channels(rest.weight)]) : y;
    return rest.bias ? graph.emit('Add', [scaled, channels(rest.bias)]) : scaled;
  }),
  gives(layerNormForward, (graph, [{ x: layout, dimensions, eps }], { x, weight, ...rest }) => {
    const size = layout.shape.slice(-dimensions);
    const ones = () =>
      graph.emit('Reshape', [
        repeated(
          1,
          size.reduce((product, one) => product * one, 1),
        ),
        integers(...size),
      ]);
    const scale = weight ? graph.valueOf(weight) : ones();
    return graph.emit('LayerNormalization', [graph.valueOf(x), scale, ...bias(graph, rest)], {
      axis: layout.shape.length - dimensions,
      epsilon: { float: eps },
    });
  }),

  gives(maxPool2dForward, (graph, [spec], { x }) => maxPooled(graph, spec, graph.valueOf(x))),
  gives(avgPool2dForward, (graph, [spec], { x }) => averagePooled(graph, spec, graph.valueOf(x))),

  gives(softmaxForward, (graph, [op, { shape }], { x }) => {
    const operator = op === 'softmax' ? 'Softmax' : 'LogSoftmax';
    return graph.emit(operator, [graph.valueOf(x)], { axis: shape.length - 1 });
  }),

  gives(reduce, (graph, [op, { shape }, dim], { x, y }) =>
    reduced(graph, op, graph.valueOf(x), { shape, dim, to: y.shape }),
  ),
  gives(variance, (graph, [{ shape }, dim, , { correction = 1 } = {}], { x, y }) => {
    const from = graph.valueOf(x);
    const kept = shape.map((size, d) => (normalizeDims(shape, dim).includes(d) ? 1 : size));
    const centred = graph.emit('Sub', [from, reduced(graph, 'mean', from, { shape, dim, to: kept })]);
    const squares = graph.emit('Mul', [centred, centred]);
    if (correction === 0) return reduced(graph, 'mean', squares, { shape, dim, to: y.shape });
    const count = normalizeDims(shape, dim).reduce((product, d) => product * shape[d], 1);
    const sum = reduced(graph, 'sum', squares, { shape, dim, to: y.shape });
    return graph.emit('Mul', [sum, scalar(1 / (count - correction))]);
  }),
  gives(argMax, (graph, [{ shape }, to, dim = -1], { x }) => {
    const [axis] = normalizeDims(shape, [dim]);
    const attributes = { axis, keepdims: Number(to.shape.length === shape.length) };
    const index = graph.emit('ArgMax', [graph.valueOf(x)], attributes);
    return graph.emit('Cast', [index], { to: dataTypes.u32 });
  }),

  gives(reshape, (graph, [, to], { x }) => graph.emit('Reshape', [graph.valueOf(x), { sizes: to.shape }])),
  gives(relayout, (graph, [{ shape }, , dimensions], { x }) => {
    const places = shape.map((_, d) => (dimensions ?? shape.map((_, own) => own)).indexOf(d));
    const moves = places.some((place, d) => place !== d);
    return moves ? graph.emit('Transpose', [graph.valueOf(x)], { perm: places }) : graph.valueOf(x);
  }),
  gives(expand, (graph, [{ shape }, to, factor = 1], { x }) => {
    // Sizes that are equal already are 1 here, which ONNX takes as "leave it".
    const missing = to.shape.length - shape.length;
    const sizes = to.shape.map((size, d) => (d >= missing && shape[d - missing] === size ? 1 : size));
    const same = equal(shape, to.shape);
    const y = same ? graph.valueOf(x) : graph.emit('Expand', [graph.valueOf(x), { sizes }]);
    return factor === 1 ? y : graph.emit('Mul', [y, scalar(factor)]);
  }),
  gives(resample, (graph, [{ shape }, , { dimension }], { x, starts, indices, weights }) =>
    resampled(graph, graph.valueOf(x), {
      rank: shape.length,
      axis: dimension,
      taps: { starts, indices, weights },
    }),
  ),
  gives(gridSample, (graph, [{ mode, paddingMode, alignCorners }], { x, grid }) =>
    graph.emit('GridSample', [graph.valueOf(x), graph.valueOf(grid)], {
      // Opset 20 calls it by another name.
      mode: { text: mode === 'bilinear' && graph.opset >= 20 ? 'linear' : mode },
      padding_mode: { text: paddingMode },
      align_corners: Number(alignCorners),
    }),
  ),
  gives(take, (graph, [{ each, dimension }], { x, index }) =>
    graph.emit(each ? 'GatherElements' : 'Gather', [graph.valueOf(x), asInt64(graph, index)], {
      axis: dimension,
    }),
  ),
  gives(oneHot, (graph, [{ classes }], { labels }) =>
    graph.emit('OneHot', [asInt64(graph, labels), integers(classes), { type: 'f32', values: [0, 1] }], {
      axis: -1,
    }),
  ),
  gives(
    topK,
    (graph, [{ x: layout, k, largest }], { x }) => {
      const attributes = { axis: layout.shape.length - 1, largest: Number(largest), sorted: 1 };
      const places = graph.emit('TopK', [graph.valueOf(x), integers(k)], attributes);
      return graph.emit('Cast', [places], { to: dataTypes.u32 });
    },
    'index',
  ),
  gives(cumsum, (graph, [{ dimension, reverse = false }], { x }) =>
    graph.emit('CumSum', [graph.valueOf(x), { type: 'i64', values: dimension }], {
      reverse: Number(reverse),
    }),
  ),
  row(copyRegion, (graph, [, , region], { x, y }) => copied(graph, x, y, region)),
  gives(cast, (graph, [from, to], { x }) => {
    if (from !== 'f32' && to !== 'f32') {
      throw new Error(`toOnnx: ${graph.from} keeps the bits of ${from} as ${to}; ONNX converts numbers only`);
    }
    const value = graph.valueOf(x);
    if (to === 'f32') return graph.emit('Cast', [value], { to: dataTypes.f32 });
    // The largest float32 that the type holds: ONNX leaves open what becomes of larger ones.
    const [least, most] = to === 'u32' ? [0, 4294967040] : [-2147483648, 2147483520];
    return graph.emit('Cast', [graph.emit('Clip', [value, scalar(least), scalar(most)])], {
      to: dataTypes[to],
    });
  }),
]);

/** Class numbers and positions are u32 here, and int64 there. */
function asInt64(graph: Graph, x: Tensor): string {
  return graph.emit('Cast', [graph.valueOf(x)], { to: dataTypes.i64 });
}

const repeated = (value: number, count: number): Literal => ({
  type: 'f32',
  values: Array.from({ length: count }, () => value),
});

function bias(graph: Graph, { bias }: Operands): string[] {
  return bias ? [graph.valueOf(bias)] : [];
}

/** What a kernel does with its results before it stores them. */
function finished(graph: Graph, y: string, { relu, batchNorm }: ConvEpilogue, operands: Operands): string {
  const first = relu ? graph.emit('Relu', [y]) : y;
  if (!batchNorm) return first;
  const { mean, scale, shift } = operands;
  const from = graph.scales.get(scale.storage);
  if (!from) throw new Error(`toOnnx: ${graph.from} has a scale that batchNormScale did not make`);
  const normal = normalised(
    graph,
    first,
    { statistics: 'running', eps: from.eps },
    { weight: from.weight, bias: shift, runningMean: mean, runningVariance: from.variance },
  );
  return batchNorm.relu ? graph.emit('Relu', [normal]) : normal;
}

function normalised(graph: Graph, x: string, mode: BatchNormMode, operands: Operands): string {
  // `reasons.ts` refuses the kernel that computes them.
  if (mode.statistics === 'batch') throw new Error(`toOnnx: ${graph.from} has the batch's own statistics`);
  const { weight, bias, runningMean, runningVariance } = operands;
  const inputs = [weight, bias, runningMean, runningVariance].map((tensor) => graph.valueOf(tensor));
  return graph.emit('BatchNormalization', [x, ...inputs], { epsilon: { float: mode.eps } });
}

/** A product for each matrix of a batch. */
function products(
  graph: Graph,
  factors: readonly string[],
  transposed: readonly boolean[],
  bias: readonly string[],
): string {
  const inputs = factors.map((factor, n) =>
    transposed[n] ? graph.emit('Transpose', [factor], { perm: [0, 2, 1] }) : factor,
  );
  const product = graph.emit('MatMul', inputs);
  return bias.length > 0 ? graph.emit('Add', [product, ...bias]) : product;
}
