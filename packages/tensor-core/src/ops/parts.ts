import type { BackwardFunction } from '../graph.ts';
import type { Tensor } from '../tensor.ts';

/**
 * What an op is made of, when its input is checked and in the right layout: the op puts it together, and so do the
 * fusions that the op is part of.
 * @typeParam E what its kernel can do with a result before it is stored (its epilogue)
 */
export interface OpParts<E> {
  /** Whose gradients `gradients` gives. */
  readonly inputs: readonly Tensor[];
  /** @param operands what the epilogue reads, by the names of the kernel's bindings. */
  readonly forward: (end?: Partial<E>, operands?: Readonly<Record<string, Tensor>>) => Tensor;
  /** The gradient rule, for the result before the epilogue. */
  readonly gradients: BackwardFunction<Tensor>;
}
