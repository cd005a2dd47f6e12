import { gemmCandidates } from './conv2d/implicit-gemm/candidates.ts';
import { workgroupKernel } from './conv2d/implicit-gemm/workgroup.ts';
import { weightGradientCandidates } from './conv2d/weight-gradient/candidates.ts';
import type { Machine } from './machine.ts';
import { matmulCandidates } from './matmul/candidates.ts';
import { productWorkgroupKernel } from './matmul/workgroup.ts';
import type { MeasuredTile } from './tunable.ts';

/** The machine with the tiles that were measured on it, if any, and with all that only these ask for. */
export function tunedMachine(machine: Machine, measuredTile?: MeasuredTile): Machine {
  const tuning = {
    measuredTile,
    matmul: { candidates: matmulCandidates, workgroupKernel: productWorkgroupKernel },
    conv2d: { candidates: gemmCandidates, workgroupKernel },
    weightGradient: { candidates: weightGradientCandidates },
  };
  return { ...machine, tuning };
}
