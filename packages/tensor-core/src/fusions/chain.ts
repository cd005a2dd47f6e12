import type { Tensor } from '../tensor.ts';
import type { Step } from './steps.ts';
import type { Fusion } from './table.ts';

type Run = (x: Tensor, ...args: readonly unknown[]) => Tensor;

/**
 * Computes ops one after another, those together that have a fusion (`fusions/table.ts`): the same bits in fewer passes
 * over memory. `chain(x, [step(conv2dStep, weight, bias), step(reluStep)])` is `relu(conv2d(x, weight, bias))`.
 * @throws what the ops throw
 */
export function chain(x: Tensor, steps: readonly Step[]): Tensor {
  let y = x;
  for (let at = 0; at < steps.length; ) {
    const next = computeNext(y, steps, at);
    y = next.y;
    at += next.count;
  }
  return y;
}

/** Computes step `at`, with those after it that the longest fusion takes in. @returns how many these are */
export function computeNext(
  x: Tensor,
  steps: readonly Step[],
  at: number,
): { readonly y: Tensor; readonly count: number } {
  const found = longestFusion(x, steps, at);
  if (!found) return { y: (steps[at].op.run as Run)(x, ...steps[at].args), count: 1 };
  const count = found.chain.length;
  const args = steps.slice(at, at + count).map((step) => step.args);
  return { y: (found.run as Run)(x, ...args), count };
}

/** The longest fusion that begins at a step and can be used there. */
function longestFusion(x: Tensor, steps: readonly Step[], at: number): Fusion | undefined {
  let longest: Fusion | undefined;
  for (const row of steps[at].op.fusions ?? []) {
    const { chain, when } = row;
    if (chain.length <= (longest?.chain.length ?? 0)) continue;
    if (!chain.every((name, index) => steps[at + index]?.op.name === name)) continue;
    const args = steps.slice(at, at + chain.length).map((step) => step.args);
    if (!when || (when as (...given: readonly unknown[]) => boolean)(x, ...args)) longest = row;
  }
  return longest;
}
