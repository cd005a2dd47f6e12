import type { Tensor } from '@glassbox/tensor-core/functions';

/**
 * A buffer that the host keeps: a whole number that counts steps, such as batch norm's `num_batches_tracked`.
 * PyTorch stores it as a scalar of type int64.
 */
export class Counter {
  /** The count. A step that advances it does so in `runtime.eachStep` or a `stepInput`. */
  value = 0;
}

/** A tensor or counter that belongs to a module's state but is not learnt. */
export type ModuleBuffer = Tensor | Counter;
