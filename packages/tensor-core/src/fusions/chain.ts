import type { Tensor } from '../tensor.ts';
import { type Step, type StepOp, stepOps } from './steps.ts';
import { type Fusion, fusions } from './table.ts';

type AnyOp = (x: Tensor, ...args: readonly unknown[]) => Tensor;

/** The fusions that begin with an op, the longest first. */
const beginningWith = new Map<StepOp, readonly Fusion[]>(
  (Object.keys(stepOps) as StepOp[]).map((op) => [
    op,
    fusions.filter(({ chain }) => chain[0] === op).sort((a, b) => b.chain.length - a.chain.length),
  ]),
);

/**
 * Computes ops one after another, those together that have a fusion (`fusions/table.ts`): the same bits in fewer passes
 * over memory. `chain(x, [{ op: 'conv2d', args: [weight, bias] }, { op: 'relu', args: [] }])` is
 * `relu(conv2d(x, weight, bias))`.
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
  const { op, args } = steps[at];
  for (const { chain, when, run } of beginningWith.get(op) ?? []) {
    if (!chain.every((name, index) => steps[at + index]?.op === name)) continue;
    const all = chain.map((_, index) => steps[at + index].args) as unknown as Arguments;
    if (!when || when(x, ...all)) return { y: run(x, ...all), count: chain.length };
  }
  return { y: (stepOps[op] as AnyOp)(x, ...args), count: 1 };
}

type Arguments = Parameters<Fusion['run']> extends [Tensor, ...infer A] ? A : never;
