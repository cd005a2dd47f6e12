/** The practical "Transfer Learning": its tasks, the figures they need, and the report. */
export * from './embedding/index.ts';
export * from './figures/index.ts';
export { type MedmnistOptions, parseMedmnistOptions } from './medmnist/options.ts';
export { inputOf } from './medmnist/prepare.ts';
export type { BenchmarkResults, CellResult } from './medmnist/results.ts';
export { parseTrainOptions, type TrainOptions } from './own-images/options.ts';
export type { OwnResults } from './own-images/results.ts';
export * from './pages/index.ts';
export { codeText, projectVersion } from './platform/node.ts';
export * from './report/index.ts';
export { type PracticalOptions, parsePracticalOptions } from './run/options.ts';
export { runPractical } from './run/practical.ts';
export { linkedCode } from './run/write-report.ts';
export { TASK_IDS, type TaskId } from './tasks/index.ts';
