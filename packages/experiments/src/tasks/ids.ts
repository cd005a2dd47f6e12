/** What the tasks are called on the command line and in results, in the sheet's order. Loads nothing else. */
export const TASK_IDS = ['1a', '1b', '1c', '2', '2a', '2b', '2c', '3'] as const;

/** One of {@link TASK_IDS}. */
export type TaskId = (typeof TASK_IDS)[number];
