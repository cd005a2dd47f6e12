import type { StateDict } from '../module/state-dict.ts';

/** An optimiser's state on the host. */
export interface OptimizerState {
  /** The optimiser's name. */
  readonly kind: string;
  /** Per group: how many parameters it has, and its hyperparameters. */
  readonly groups: readonly {
    readonly size: number;
    readonly hyper: Readonly<Record<string, unknown>>;
  }[];
  /** Steps that each parameter has had. */
  readonly steps: readonly number[];
  /** Kept values under `INDEX.NAME`, NAME as in PyTorch: momentum_buffer, exp_avg, exp_avg_sq. */
  readonly tensors: StateDict;
}
