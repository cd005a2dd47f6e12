/** Reductions of rows. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type Example, type Expected, type KernelEntry, one, plan, tensorLayout } from './entry.ts';

const reduction = (
  build: (x: k.Layout, y: k.Layout, machine: k.Machine) => k.KernelPlan,
  oracle: (x: ArrayLike<number>, shape: readonly number[]) => Readonly<Record<string, Expected>>,
): KernelEntry => ({
  group: 'reduction',
  dimensions: 'rows,columns',
  shape: [batch, 512],
  build: (shape, _, machine) => {
    const [x, y] = [tensorLayout(shape), tensorLayout(shape.slice(0, -1))];
    return plan(build(x, y, machine), { x, y, mean: y }, (v) => oracle(v.x, shape));
  },
});

const gradient = (build: (x: k.Layout, y: k.Layout, machine: k.Machine) => Example): KernelEntry => ({
  group: 'reduction',
  dimensions: 'rows,columns',
  shape: [batch, 512],
  build: (shape, _, machine) => build(tensorLayout(shape), tensorLayout(shape.slice(0, -1)), machine),
});

type ReduceOp = 'sum' | 'mean' | 'max' | 'min';

const reduced = (op: ReduceOp, x: ArrayLike<number>, shape: readonly number[]): Expected => {
  // The sum of so many random terms is about as large.
  const terms = shape.at(-1)!;
  const scales = { sum: Math.sqrt(terms), mean: 1 / Math.sqrt(terms), max: 1, min: 1 };
  return { values: k.reduceOracle(op, x, shape, [-1]), scale: scales[op] };
};
const reduce = (op: ReduceOp) =>
  reduction(
    (x, y, machine) => k.reduce(op, x, [-1], y, machine),
    (x, shape) => ({ y: reduced(op, x, shape) }),
  );

export const reductions: Record<string, KernelEntry> = {
  sum: reduce('sum'),
  mean: reduce('mean'),
  max: reduce('max'),
  min: reduce('min'),
  variance: reduction(
    (x, y, machine) => k.variance(x, [-1], y, {}, machine),
    (x, shape) => ({ mean: reduced('mean', x, shape), y: { values: k.varianceOracle(x, shape, [-1]) } }),
  ),
  argMax: reduction(
    (x, y, machine) => ({ kernels: [k.argMax(x, y, -1, machine)], scratch: {} }),
    (x, shape) => ({ y: { values: k.argMaxOracle(x, shape), tolerance: 0 } }),
  ),
  maxGradient: gradient((x, y, machine) => {
    return plan(
      k.extremumGradient(x, [-1], y, machine),
      { x, y, dy: y, dx: x },
      (v) => ({ dx: k.extremumGradientOracle('max', v.dy, v.x, x.shape, [-1]) }),
      { contents: (random) => ({ y: k.reduceOracle('max', random.x, x.shape, [-1]) }) },
    );
  }),
  varianceGradient: gradient((x, y, machine) =>
    one(
      k.varianceGradient(x, [-1], y, {}, machine),
      { x, mean: y, dy: y, dx: x },
      (v) => ({ dx: k.varianceGradientOracle(v.dy, v.x, x.shape, [-1]) }),
      { contents: (random) => ({ mean: k.reduceOracle('mean', random.x, x.shape, [-1]) }) },
    ),
  ),
};
