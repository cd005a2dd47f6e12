/** What the table of oracles has for each kernel. */
import type { KernelFactory } from '@glassbox/tensor-core';
import type { Machine } from '@glassbox/wgsl-kernels';
import type { Draw, Operands } from './operands.ts';

/** The right result. */
export interface Expected {
  /** In PyTorch's order. */
  readonly values: ArrayLike<number>;
  /**
   * What rounding errors are compared with, for all elements or for each: the size of what is added up. Unless given,
   * the largest of the values.
   */
  readonly scale?: number | ArrayLike<number>;
}

/** A function whose derivative a kernel computes: f is a number, and `output` its gradient at `at`. */
export interface Derivative {
  readonly output: string;
  readonly at: Float64Array;
  /** May leave out terms that do not depend on the element that is moved. */
  readonly f: (at: Float64Array, moved: number) => number;
  /** Half the distance between the two places. */
  readonly step: number;
}

export interface Row<Args extends readonly unknown[] = readonly unknown[]> {
  /** The folder in `packages/wgsl-kernels/src`. */
  readonly folder: string;
  /** In one line. */
  readonly formula: string | ((args: Args) => string);
  /** The results that are compared. */
  readonly outputs: readonly string[];
  /** Results that begin with what was there. */
  readonly inPlace?: readonly string[];
  /** The float64 twin. */
  readonly expected: (args: Args, operands: Operands) => Readonly<Record<string, Expected>>;
  /** As in the kernel's tests: the largest error, as a share of the scale. */
  readonly tolerance: number;
  /**
   * Random numbers for operands; those that it does not name are from -1 to 1 if they are float32, else as in the step.
   */
  readonly draw?: (args: Args, operands: Operands, draw: Draw) => Readonly<Record<string, ArrayLike<number>>>;
  /** For gradients. */
  readonly derivative?: (args: Args, operands: Operands) => Derivative | undefined;
}

/** The arguments that a row reads: those in front of the machine. */
export type ArgsOf<F extends KernelFactory> = Exclude<Parameters<F>, readonly [Machine]>;

export const row = <F extends KernelFactory>(
  kernel: F,
  content: Row<ArgsOf<F>>,
): readonly [KernelFactory, Row] => [kernel, content as unknown as Row];

export const absolute = (values: Float64Array) => values.map(Math.abs);

/** The largest absolute value that is a number. */
export const largest = (values: ArrayLike<number>): number => {
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > found && size < Number.POSITIVE_INFINITY) found = size;
  }
  return found;
};

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
