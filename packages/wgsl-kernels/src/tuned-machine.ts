import { workgroupKernel } from './conv2d/implicit-gemm/workgroup.ts';
import type { Machine } from './machine.ts';
import { productWorkgroupKernel } from './matmul/workgroup.ts';
import type { MeasuredTile } from './tunable.ts';

/** The machine with the tiles that were measured on it, if any, and with the kernels that only these ask for. */
export function tunedMachine(machine: Machine, measuredTile?: MeasuredTile): Machine {
  return {
    ...machine,
    measuredTile,
    workgroupKernels: { matmul: productWorkgroupKernel, conv2d: workgroupKernel },
  };
}
