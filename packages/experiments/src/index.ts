/** The practical "Transfer Learning": its tasks, the figures they need, and the report. */
export * from './embedding/index.ts';
export * from './figures/index.ts';
export type { BenchmarkResults, CellResult } from './medmnist/results.ts';
export type { OwnResults } from './own-images/results.ts';
export * from './pages/index.ts';
export { codeText, projectVersion } from './platform/node.ts';
export * from './report/index.ts';
export { runPractical } from './run/practical.ts';
export { linkedCode } from './run/write-report.ts';
export * from './sweep-parts.ts';
export { TASK_IDS, type TaskId } from './tasks/ids.ts';
