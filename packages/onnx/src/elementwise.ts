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
};

export function unary(graph: Graph, op: UnaryOp, x: string): string {
  if (typeof op === 'string') return unaryRows[op](graph, x);
  if (op.op === 'leakyRelu') return leakyRelu(graph, x, op.slope);
  return graph.emit('Add', [graph.emit('Mul', [x, scalar(op.scale)]), scalar(op.shift)]);
}

/** The operator, and whether it gives truth values, which are 1 and 0 here. */
const binaryRows: Readonly<Record<BinaryOp, readonly [op: string, gives?: 'truth']>> = {
  add: ['Add'],
  sub: ['Sub'],
  mul: ['Mul'],
  div: ['Div'],
  maximum: ['Max'],
  minimum: ['Min'],
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
