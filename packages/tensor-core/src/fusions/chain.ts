import type { Tensor } from '../tensor.ts';
import { type Step, type StepOp, stepOps } from './steps.ts';
import { type Fusion, fusions } from './table.ts';

type AnyOp = (x: Tensor, ...args: readonly unknown[]) => Tensor;

const longestFirst = fusions.toSorted((a, b) => b.chain.length - a.chain.length);

/** The most ops that one fusion computes. */
export const longestFusion = longestFirst[0].chain.length;

/**
 * Computes ops one after another, those together that have a fusion (`fusions/table.ts`): the same bits in fewer passes
 * over memory. `chain(x, [{ op: 'conv2d', args: [weight, bias] }, { op: 'relu', args: [] }])` is
 * `relu(conv2d(x, weight, bias))`.
 * @throws what the ops throw
 */
export function chain(x: Tensor, steps: readonly Step[]): Tensor {
  let y = x;
  for (let at = 0; at < steps.length; ) {
    const first = firstOf(y, steps.slice(at));
    y = first.y;
    at += first.count;
  }
  return y;
}

/** Computes the first of some steps, with those after it that the longest fusion takes in. @returns how many */
export function firstOf(x: Tensor, steps: readonly Step[]): { readonly y: Tensor; readonly count: number } {
  for (const fusion of longestFirst) {
    const args = argsFor(fusion, steps);
    if (args && (fusion.when?.(x, ...args) ?? true)) return { y: fusion.run(x, ...args), count: args.length };
  }
  const [{ op, args }] = steps;
  return { y: (stepOps[op] as AnyOp)(x, ...args), count: 1 };
}

function argsFor({ chain }: Fusion, steps: readonly Step[]) {
  if (!chain.every((op: StepOp, index) => steps[index]?.op === op)) return undefined;
  return steps.slice(0, chain.length).map(({ args }) => args) as Parameters<Fusion['run']> extends [
    Tensor,
    ...infer A,
  ]
    ? A
    : never;
}
