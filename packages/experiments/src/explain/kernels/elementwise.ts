/** Elementwise kernels: each row of the tables of one and of two operands. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, tensorLayout } from './entry.ts';

export const elementwise = (
  build: (layout: k.Layout, machine: k.Machine) => k.Kernel | k.Kernel[],
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
    return { kernels: [build(layout, machine)].flat(), buffers: { ...Object.fromEntries(tensors), counter } };
  },
});

export function unaries(): Record<string, KernelEntry> {
  const names = Object.keys(k.unaryOps) as k.UnaryName[];
  return Object.fromEntries(
    names.flatMap((op) => [
      [`${op}Forward`, elementwise((layout, machine) => k.unaryForward(op, layout, machine))],
      [`${op}Gradient`, elementwise((layout, machine) => k.unaryGradient(op, layout, machine))],
    ]),
  );
}

export function binaries(): Record<string, KernelEntry> {
  const names = Object.keys(k.binaryOps) as k.BinaryOp[];
  return Object.fromEntries(
    names.flatMap((op) => {
      const forward = elementwise((layout, machine) => k.binaryForward(op, layout, layout, layout, machine));
      const { gradient } = k.binaryRow(op);
      // Where the gradient is dy itself, no kernel is needed.
      const computed = (['a', 'b'] as const).filter(
        (operand) => gradient && gradient[operand].expression !== 'dy',
      );
      const backward = elementwise((layout, machine) =>
        computed.map((operand) => k.binaryGradient(op, operand, layout, layout, layout, machine)),
      );
      const entries: [string, KernelEntry][] = [[`${op}Forward`, forward]];
      return computed.length > 0 ? [...entries, [`${op}Gradient`, backward]] : entries;
    }),
  );
}

/** Between two tensors by a third. */
export const choices: Readonly<Record<string, KernelEntry>> = {
  where: elementwise((layout, machine) => k.where(layout, layout, layout, layout, machine)),
};
