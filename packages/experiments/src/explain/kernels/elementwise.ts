/** Elementwise kernels: each row of the tables of one and of two operands. */
import * as k from '@glassbox/wgsl-kernels';
import {
  batch,
  type ExampleContext,
  inRange,
  type KernelEntry,
  type Oracle,
  tensorLayout,
  type Values,
} from './entry.ts';

export const elementwise = (
  build: (layout: k.Layout, machine: k.Machine) => k.Kernel | k.Kernel[],
  oracle: (shape: readonly number[]) => Oracle,
  context: ExampleContext = {},
): KernelEntry => ({
  group: 'elementwise',
  dimensions: 'size…',
  shape: [batch, 16, 14, 14],
  build: (shape, _, machine) => {
    const layout = tensorLayout(shape);
    const tensors = ['x', 'y', 'dx', 'dy', 'a', 'b', 'da', 'db', 'condition'].map(
      (name) => [name, layout] as const,
    );
    const counter = { words: 4, about: 'seed (two words), step, unused', data: [1, 0, 0, 0] };
    return {
      kernels: [build(layout, machine)].flat(),
      buffers: { ...Object.fromEntries(tensors), counter },
      oracle: oracle(shape),
      ...context,
    };
  },
});

export function unaries(): Record<string, KernelEntry> {
  return Object.fromEntries(
    Object.entries<k.UnaryOp>(k.unaryOps).flatMap(([name, op]) => {
      const [low, high] = op.row.domain;
      const inDomain = (random: Values) => inRange(random.x, low, high);
      return [
        [
          `${name}Forward`,
          elementwise(
            (layout, machine) => k.unaryForward(op, layout, machine),
            () => (v) => ({ y: k.unaryForwardOracle(op, v.x) }),
            { contents: (random) => ({ x: inDomain(random) }) },
          ),
        ],
        [
          `${name}Gradient`,
          elementwise(
            (layout, machine) => k.unaryGradient(op, layout, machine),
            () => (v) => ({ dx: { values: k.unaryGradientOracle(op, v.dy, v.x), scale: 1 } }),
            {
              contents: (random) => {
                const x = inDomain(random);
                return { x, y: k.unaryForwardOracle(op, x) };
              },
            },
          ),
        ],
      ];
    }),
  );
}

export function binaries(): Record<string, KernelEntry> {
  // Away from 0, for the quotient.
  const context: ExampleContext = {
    contents: ({ a, b }) => ({ a: inRange(a, 0.5, 4), b: inRange(b, 0.5, 4) }),
  };
  return Object.fromEntries(
    Object.entries<k.BinaryOp>(k.binaryOps).flatMap(([name, op]) => {
      const forward = elementwise(
        (layout, machine) => k.binaryForward(op, layout, layout, layout, machine),
        (shape) => (v) => ({ y: k.binaryForwardOracle(op, v.a, shape, v.b, shape) }),
        context,
      );
      const { gradient } = op.row;
      // Where the gradient is dy itself, no kernel is needed.
      const computed = (['a', 'b'] as const).filter(
        (operand) => gradient && gradient[operand].expression !== 'dy',
      );
      const backward = elementwise(
        (layout, machine) =>
          computed.map((operand) => k.binaryGradient(op, operand, layout, layout, layout, machine)),
        (shape) => (v) =>
          Object.fromEntries(
            computed.map((operand) => [
              `d${operand}`,
              k.binaryGradientOracle(op, operand, v.dy, v.a, shape, v.b, shape),
            ]),
          ),
        context,
      );
      const entries: [string, KernelEntry][] = [[`${name}Forward`, forward]];
      return computed.length > 0 ? [...entries, [`${name}Gradient`, backward]] : entries;
    }),
  );
}

/** Between two tensors by a third. */
export const choices: Readonly<Record<string, KernelEntry>> = {
  where: elementwise(
    (layout, machine) => k.where(layout, layout, layout, layout, machine),
    (shape) => (v) => {
      const of = (data: ArrayLike<number>) => ({ data, shape });
      return { y: { values: k.whereOracle(of(v.condition), of(v.a), of(v.b)), tolerance: 0 } };
    },
    // One half is chosen from a, the other from b.
    {
      contents: ({ condition }) => ({
        condition: Float32Array.from(condition, (value) => Number(value > 0)),
      }),
    },
  ),
};
