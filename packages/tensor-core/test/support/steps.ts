import {
  avgPool2dStep,
  batchNormStep,
  conv2dStep,
  convTranspose2dStep,
  linearStep,
  maxPool2dStep,
  reluStep,
  type Step,
  type StepOp,
  step,
} from '../../src/fusions/steps.ts';
import type { Fusion, StepName } from '../../src/fusions/table.ts';

/** All ops that a chain can hold, by name. */
export const stepOps = {
  conv2d: conv2dStep,
  convTranspose2d: convTranspose2dStep,
  linear: linearStep,
  batchNorm: batchNormStep,
  relu: reluStep,
  maxPool2d: maxPool2dStep,
  avgPool2d: avgPool2dStep,
} as const satisfies Record<StepName, StepOp>;

/** All rows of the table of fusions. */
export const allFusions: readonly Fusion[] = Object.values<StepOp>(stepOps).flatMap((op) => op.fusions ?? []);

/** An op with a ReLU after it, if one is wanted: what has a kernel in common. */
export function withRelu(first: Step, relu: boolean): Step[] {
  return relu ? [first, step(reluStep)] : [first];
}
