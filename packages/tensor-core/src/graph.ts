/**
 * The graph that leads from leaves to a loss. `T` is a tensor: this file stands below `tensor.ts`, where a tensor says
 * how it was computed, and below `autograd.ts`, which walks the graph.
 */

/**
 * What may be known about the gradient of a tensor beside its values, so that a gradient rule has less to do. Who
 * knows and who uses it stands in a table, `fusions/gradient-facts.ts`.
 */
export interface GradientFacts<T> {
  /** It is 1 everywhere. */
  readonly ones?: boolean;
  /** It is 0 wherever the tensor itself is 0 or less. */
  readonly masked?: boolean;
  /** Its sum over all dimensions but the channels, [C]. */
  readonly channelSum?: T;
}

/** Facts that the rule which gets a gradient would use: others need not be found out. */
export type WantedFacts = Readonly<Partial<Record<keyof GradientFacts<unknown>, boolean>>>;

/** A gradient, and what its maker knows about it. */
export class KnownGradient<T> {
  readonly gradient: T;
  readonly facts: GradientFacts<T>;

  constructor(gradient: T, facts: GradientFacts<T>) {
    this.gradient = gradient;
    this.facts = facts;
  }
}

/** What a gradient rule may use and need not. */
export interface GradientHints<T> {
  /** What is known about `dy`. */
  readonly facts: GradientFacts<T>;
  /** What would be used of each input's gradient; empty for ops that know nothing of it. */
  readonly wantedFacts: readonly WantedFacts[];
}

/** Gradients of an op's inputs, in their order; null where none is wanted. */
export type BackwardFunction<T> = (
  dy: T,
  wanted: readonly boolean[],
  hints: GradientHints<T>,
) => readonly (T | KnownGradient<T> | null)[];

/** How a tensor was computed. */
export interface GradNode<T> {
  /** The op's name, for errors and for the table of facts. */
  readonly name: string;
  /** Creation order: a node's inputs are always older than itself. */
  readonly order: number;
  /** Empty after backward, so that a loss that is kept does not keep what led to it. */
  inputs: readonly T[];
  /** Null after backward: what it saved is then gone. */
  backward: BackwardFunction<T> | null;
}
