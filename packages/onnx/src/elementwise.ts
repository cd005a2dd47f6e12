/** Elementwise functions as ONNX nodes: a row for each of `unaryOps` and `binaryOps`. The compiler misses none. */
import type { BinaryOp, UnaryName, UnaryOp } from '@glassbox/wgsl-kernels';
import { type Graph, scalar } from './graph.ts';

/** y from the name of x. */
type Unary = (graph: Graph, x: string) => string;

const one =
  (op: string): Unary =>
  (graph, x) =>
    graph.emit(op, [x]);

function leakyRelu(graph: Graph, x: string, slope: number): string {
  return graph.emit('LeakyRelu', [x], { alpha: { float: slope } });
}

function clip(graph: Graph, x: string, min: number | null, max: number | null): string {
  const raised = min === null ? x : graph.emit('Max', [x, scalar(min)]);
  return max === null ? raised : graph.emit('Min', [raised, scalar(max)]);
}

function elu(graph: Graph, x: string, alpha: number): string {
  return graph.emit('Elu', [x], { alpha: { float: alpha } });
}

/** x (1 + gate) / 2. */
function gated(graph: Graph, x: string, gate: string): string {
  return graph.emit('Mul', [graph.emit('Mul', [x, scalar(0.5)]), graph.emit('Add', [gate, scalar(1)])]);
}

const unaryRows: Readonly<Record<UnaryName, Unary>> = {
  relu: one('Relu'),
  sigmoid: one('Sigmoid'),
  tanh: one('Tanh'),
  exp: one('Exp'),
  log: one('Log'),
  sqrt: one('Sqrt'),
  neg: one('Neg'),
  abs: one('Abs'),
  reciprocal: one('Reciprocal'),
  leakyRelu: (graph, x) => leakyRelu(graph, x, 0.01),
  square: (graph, x) => graph.emit('Mul', [x, x]),
  silu: (graph, x) => graph.emit('Mul', [x, graph.emit('Sigmoid', [x])]),
  gelu: (graph, x) => gated(graph, x, graph.emit('Erf', [graph.emit('Mul', [x, scalar(Math.SQRT1_2)])])),
  geluTanh: (graph, x) => {
    const cube = graph.emit('Mul', [graph.emit('Mul', [x, x]), x]);
    const inner = graph.emit('Add', [x, graph.emit('Mul', [cube, scalar(0.044715)])]);
    return gated(graph, x, graph.emit('Tanh', [graph.emit('Mul', [inner, scalar(Math.sqrt(2 / Math.PI))])]));
  },
  erf: one('Erf'),
  mish: (graph, x) => graph.emit('Mul', [x, graph.emit('Tanh', [graph.emit('Softplus', [x])])]),
  softplus: one('Softplus'),
  elu: (graph, x) => elu(graph, x, 1),
  hardswish: one('HardSwish'),
  hardsigmoid: (graph, x) =>
    graph.emit('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  hardtanh: (graph, x) => clip(graph, x, -1, 1),
  relu6: (graph, x) => clip(graph, x, 0, 6),
};

export function unary(graph: Graph, op: UnaryOp, x: string): string {
  if (typeof op === 'string') return unaryRows[op](graph, x);
  switch (op.op) {
    case 'leakyRelu':
      return leakyRelu(graph, x, op.slope);
    case 'elu':
      return elu(graph, x, op.alpha);
    case 'softplus': {
      const steep = graph.emit('Mul', [x, scalar(op.beta)]);
      const smooth = graph.emit('Div', [graph.emit('Softplus', [steep]), scalar(op.beta)]);
      return graph.emit('Where', [graph.emit('Greater', [steep, scalar(op.threshold)]), x, smooth]);
    }
    case 'hardtanh':
    case 'clamp':
      return clip(graph, x, op.min, op.max);
    case 'pow':
      return graph.emit('Pow', [x, scalar(op.exponent)]);
    case 'affine':
      return graph.emit('Add', [graph.emit('Mul', [x, scalar(op.scale)]), scalar(op.shift)]);
  }
}

/** The operator, and whether it gives truth values, which are 1 and 0 here. */
const binaryRows: Readonly<Record<BinaryOp, readonly [op: string, gives?: 'truth']>> = {
  add: ['Add'],
  sub: ['Sub'],
  mul: ['Mul'],
  div: ['Div'],
  maximum: ['Max'],
  minimum: ['Min'],
  prelu: ['PRelu'],
  eq: ['Equal', 'truth'],
  gt: ['Greater', 'truth'],
  ge: ['GreaterOrEqual', 'truth'],
  lt: ['Less', 'truth'],
  le: ['LessOrEqual', 'truth'],
};

export function binary(graph: Graph, op: BinaryOp, a: string, b: string): string {
  const [operator, gives] = binaryRows[op];
  const y = graph.emit(operator, [a, b]);
  return gives === 'truth' ? graph.emit('Cast', [y], { to: 1 }) : y;
}
