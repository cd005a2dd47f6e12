import type { ImplicitGemm } from './conv2d/implicit-gemm/gemm.ts';
import type { ConvTile } from './conv2d/implicit-gemm/plan.ts';
import type { Kernel } from './kernel.ts';
import type { MatmulPlan } from './matmul/form.ts';
import type { MatmulSpec, MatmulTile } from './matmul/spec.ts';

/**
 * Kernels whose invocations share workgroup memory. Only tiles that were measured ask for them, so a machine without
 * any goes without them, and so does a page: see `tunedMachine`.
 */
export interface WorkgroupKernels {
  /** A matrix product. */
  readonly matmul: (spec: MatmulSpec, plan: MatmulPlan, tile: MatmulTile) => Kernel;
  /** A convolution or its input gradient. */
  readonly conv2d: (gemm: ImplicitGemm, tile: ConvTile) => Kernel;
}
