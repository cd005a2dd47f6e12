import type { Kernel } from './kernel.ts';

/**
 * Kernels to run one after the other. A binding's name says which buffer it is: the same name is the same buffer
 * throughout the plan, either one that the caller brings or one of `scratch`.
 */
export interface KernelPlan {
  /** The kernels in their order. */
  readonly kernels: readonly Kernel[];
  /** Size in 32-bit words of each buffer that is needed only while the plan runs. Contents need not be cleared. */
  readonly scratch: Readonly<Record<string, number>>;
}

/** A plan of one kernel. */
export function singleKernel(kernel: Kernel): KernelPlan {
  return { kernels: [kernel], scratch: {} };
}

/** One plan after the other; scratch buffers of one name are shared. */
export function concatPlans(...plans: readonly KernelPlan[]): KernelPlan {
  const scratch: Record<string, number> = {};
  for (const plan of plans) {
    for (const [name, words] of Object.entries(plan.scratch)) {
      scratch[name] = Math.max(scratch[name] ?? 0, words);
    }
  }
  return { kernels: plans.flatMap((plan) => plan.kernels), scratch };
}
