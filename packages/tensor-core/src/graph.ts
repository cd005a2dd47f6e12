/**
 * The graph that leads from leaves to a loss. `T` is a tensor: this file stands below `tensor.ts`, where a tensor says
 * how it was computed, and below `autograd.ts`, which walks the graph.
 */

/** Gradients of an op's inputs, in their order; null where none is wanted. */
export type BackwardFunction<T> = (dy: T, wanted: readonly boolean[]) => readonly (T | null)[];

/** How a tensor was computed. */
export interface GradNode<T> {
  /** The op's name, for errors. */
  readonly name: string;
  /** Creation order: a node's inputs are always older than itself. */
  readonly order: number;
  /** Empty after backward, so that a loss that is kept does not keep what led to it. */
  inputs: readonly T[];
  /** Null after backward: what it saved is then gone. */
  backward: BackwardFunction<T> | null;
}
