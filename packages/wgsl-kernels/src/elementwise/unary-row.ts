import { rowOf } from '../row.ts';

/**
 * One elementwise function. Expressions are WGSL over `vec4<f32>`: the kernels, the oracles and the tests all come
 * from this row.
 */
export interface UnaryRow {
  /** y in `x`. */
  readonly forward: string;
  /** dx in `dy` and whichever of `x` and `y` is saved. */
  readonly gradient: string;
  /** What the gradient needs from the forward pass. */
  readonly saves: 'input' | 'output' | 'none';
  /** f(0) = 0, so padding stays 0 by itself. */
  readonly mapsZeroToZero: boolean;
  /** The gradient is 0 where dy and the saved tensor are 0. */
  readonly gradientMapsZeroToZero: boolean;
  /** Operations per element, forward and gradient; exp, log, sqrt and divisions count as one. */
  readonly flop: number;
  /** Operations per element of the gradient. */
  readonly gradientFlop: number;
  /** WGSL functions that the expressions call. */
  readonly declarations?: string;
  /** The function in float64, for one element. */
  readonly oracle: (x: number) => number;
  /** The gradient in float64, for one element. */
  readonly oracleGradient: (dy: number, x: number, y: number) => number;
  /** Inputs on which function and gradient are smooth and of moderate size: what tests draw from. */
  readonly domain: readonly [number, number];
  /** Where the gradient is not so small that float32 has few digits of it, if that is less than the domain. */
  readonly steep?: readonly [number, number];
  /** Inputs at which the gradient jumps: tests keep away from them. */
  readonly corners?: readonly number[];
  /** The gradient has a zero where its terms cancel: errors of smaller ones are measured against this size. */
  readonly leastGradient?: number;
  /** The op that computes this with certain arguments after x, if it is not the op of the row's own name. */
  readonly op?: { readonly name: string; readonly args: readonly unknown[] };
}

/** A function of one number, with its parameters if it has any, as kernels take it. */
export type UnaryOp<Name extends string = string, Parameters extends object = object> = Readonly<
  { op: Name; row: UnaryRow } & Parameters
>;

/** A row by its name and the parameters that it was made of. */
export function unaryOp<Name extends string, Parameters extends object = object>(
  op: Name,
  row: UnaryRow,
  parameters?: Parameters,
): UnaryOp<Name, Parameters> {
  return rowOf({ op, ...(parameters as Parameters) }, row);
}
