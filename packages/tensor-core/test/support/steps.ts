import type { Step } from '../../src/fusions/steps.ts';

/** An op with a ReLU after it, if one is wanted: what has a kernel in common. */
export function withRelu(step: Step, relu: boolean): Step[] {
  return relu ? [step, { op: 'relu', args: [] }] : [step];
}
