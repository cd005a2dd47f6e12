import type { Module } from '../module/module.ts';

/** What steps advance in a module, by name: part of a training's state. */
export function countersOf(module: Module | undefined): Record<string, number> {
  const counters = module?.namedStepCounters() ?? new Map();
  return Object.fromEntries([...counters].map(([name, { value }]) => [name, value]));
}

/** Sets them as they were saved; those that were not saved begin anew. */
export function restoreCounters(
  module: Module | undefined,
  saved: Readonly<Record<string, number>> = {},
): void {
  for (const [name, counter] of module?.namedStepCounters() ?? []) counter.value = saved[name] ?? 0;
}
