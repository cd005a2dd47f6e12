import type { Kernel, KernelPlan, Layout, Machine } from '@glassbox/wgsl-kernels';

/** One rung of a ladder: the same computation as the rung below, with one idea more. */
export interface LadderVersion<Spec> {
  readonly name: string;
  /** The one idea that this version adds to the one before. */
  readonly adds: string;
  /** The kernel, or several; bindings are called as the ladder's operands. */
  readonly kernel: (spec: Spec, machine: Machine) => Kernel | KernelPlan;
  /** How the inputs and, last, the result lie in memory. */
  readonly layouts: (spec: Spec) => readonly Layout[];
}
