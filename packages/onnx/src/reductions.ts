import { equal, normalizeDims, type ReduceOp, reducedShape } from '@glassbox/wgsl-kernels';
import { type Graph, integers } from './graph.ts';

const operators: Readonly<Record<ReduceOp, string>> = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
};

/** Which dimensions are reduced (all unless given), and the shape of the result. */
interface Reduction {
  readonly shape: readonly number[];
  readonly dim: readonly number[] | undefined;
  readonly to: readonly number[];
}

/** A reduction over dimensions. @returns the name of its result, of shape `to` */
export function reduced(graph: Graph, op: ReduceOp, x: string, { shape, dim, to }: Reduction): string {
  const axes = normalizeDims(shape, dim);
  if (axes.length === 0) return x; // ONNX would take none for all
  const keepdims = Number(to.length === shape.length);
  // Since opset 18 (of sums since 13) the dimensions are an input; before, an attribute.
  const asInput = op === 'sum' || graph.opset >= 18;
  const y = asInput
    ? graph.emit(operators[op], [x, integers(...axes)], { keepdims })
    : graph.emit(operators[op], [x], { axes, keepdims });
  // A sum over stretched dimensions may drop some and keep others (`sumToSize`).
  const gave = reducedShape(shape, axes, keepdims === 1);
  return equal(gave, to) ? y : graph.emit('Reshape', [y, { sizes: to }]);
}
