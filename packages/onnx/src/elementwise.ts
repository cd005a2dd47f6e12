/** Elementwise functions as ONNX nodes: a row for each unary and each binary one. The compiler misses none. */
import type { AnyUnaryOp, BinaryName, BinaryOp, UnaryOp } from '@glassbox/wgsl-kernels';
import { type Graph, scalar } from './graph.ts';

/** y from the name of x, and the function's parameters. */
type Unary<Op> = (graph: Graph, x: string, op: Op) => string;

const one =
  (op: string): Unary<unknown> =>
  (graph, x) =>
    graph.emit(op, [x]);

function clip(
  graph: Graph,
  x: string,
  { min, max }: { readonly min: number | null; readonly max: number | null },
): string {
  const raised = min === null ? x : graph.emit('Max', [x, scalar(min)]);
  return max === null ? raised : graph.emit('Min', [raised, scalar(max)]);
}

/** x (1 + gate) / 2. */
function gated(graph: Graph, x: string, gate: string): string {
  return graph.emit('Mul', [graph.emit('Mul', [x, scalar(0.5)]), graph.emit('Add', [gate, scalar(1)])]);
}

const unaryRows: { readonly [Op in AnyUnaryOp as Op['op']]: Unary<Op> } = {
  relu: one('Relu'),
  sigmoid: one('Sigmoid'),
  tanh: one('Tanh'),
  exp: one('Exp'),
  log: one('Log'),
  sqrt: one('Sqrt'),
  neg: one('Neg'),
  abs: one('Abs'),
  reciprocal: one('Reciprocal'),
  leakyRelu: (graph, x, { slope }) => graph.emit('LeakyRelu', [x], { alpha: { float: slope } }),
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
  softplus: (graph, x, { beta, threshold }) => {
    const steep = graph.emit('Mul', [x, scalar(beta)]);
    const smooth = graph.emit('Div', [graph.emit('Softplus', [steep]), scalar(beta)]);
    return graph.emit('Where', [graph.emit('Greater', [steep, scalar(threshold)]), x, smooth]);
  },
  elu: (graph, x, { alpha }) => graph.emit('Elu', [x], { alpha: { float: alpha } }),
  hardswish: one('HardSwish'),
  hardsigmoid: (graph, x) =>
    graph.emit('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  hardtanh: clip,
  relu6: (graph, x) => clip(graph, x, { min: 0, max: 6 }),
  clamp: clip,
  pow: (graph, x, { exponent }) => graph.emit('Pow', [x, scalar(exponent)]),
  affine: (graph, x, { scale, shift }) =>
    graph.emit('Add', [graph.emit('Mul', [x, scalar(scale)]), scalar(shift)]),
};

export function unary(graph: Graph, op: UnaryOp, x: string): string {
  const write = unaryRows[op.op as AnyUnaryOp['op']] as Unary<UnaryOp>;
  return write(graph, x, op);
}

/** The operator, and whether it gives truth values, which are 1 and 0 here. */
const binaryRows: Readonly<Record<BinaryName, readonly [op: string, gives?: 'truth']>> = {
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
  const [operator, gives] = binaryRows[op.op as BinaryName];
  const y = graph.emit(operator, [a, b]);
  return gives === 'truth' ? graph.emit('Cast', [y], { to: 1 }) : y;
}
