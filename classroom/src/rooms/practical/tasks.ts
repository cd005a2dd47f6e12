/** The tasks by name. A list of its own, so that the page need not load the Worker's code; a test compares them. */
import type { TaskId } from '@glassbox/experiments/page';

/** In the sheet's order. */
export const taskIds = ['1a', '1b', '1c', '2', '2a', '2b', '2c', '3'] as const satisfies readonly TaskId[];

/** Tasks whose nets a task begins with or is compared with: they run, too. */
export const builtOn: Readonly<Record<TaskId, readonly TaskId[]>> = {
  '1a': [],
  '1b': ['1a'],
  '1c': ['1a'],
  '2': [],
  '2a': ['2'],
  '2b': ['2'],
  '2c': ['2a', '2b'],
  '3': ['2b'],
};

/** The tasks asked for and those that they are built on, in order. */
export function withBasis(asked: readonly TaskId[]): TaskId[] {
  const wanted = new Set<TaskId>();
  const want = (id: TaskId): void => {
    wanted.add(id);
    builtOn[id].forEach(want);
  };
  asked.forEach(want);
  return taskIds.filter((id) => wanted.has(id));
}
