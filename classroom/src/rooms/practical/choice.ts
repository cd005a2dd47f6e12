import type { Choice } from './messages.ts';
import { taskIds } from './tasks.ts';

export const budgets = ['quick', 'full'] as const;
export const mostSeeds = 20;

export const defaultChoice: Choice = { tasks: taskIds, budget: 'quick', seeds: 1 };

/** True for what a run can be asked for. */
export function isChoice(value: unknown): value is Choice {
  const { tasks, budget, seeds } = (value ?? {}) as Partial<Record<keyof Choice, unknown>>;
  return (
    Array.isArray(tasks) &&
    tasks.length > 0 &&
    tasks.every((task) => (taskIds as readonly unknown[]).includes(task)) &&
    (budgets as readonly unknown[]).includes(budget) &&
    Number.isInteger(seeds) &&
    (seeds as number) >= 1 &&
    (seeds as number) <= mostSeeds
  );
}
