/** The practical for a page's Worker: the same code as the command line's, without Node. */
export { type Figure, renderPng } from './figures/figure.ts';
export { collectFigures } from './pages/index.ts';
export { preparePlatform } from './platform/page.ts';
export * from './report/index.ts';
export { plan, planRun, type Training } from './run/plan.ts';
export { type PlannedTraining, RunProgress, roughly } from './run/progress.ts';
export { checkpoints, RunStore } from './run/store.ts';
export { submissionFiles } from './run/submission.ts';
export { type PreparedRun, prepareRun, type RunSetup, trainRun } from './run/train-run.ts';
export { linkedCode, writeReport } from './run/write-report.ts';
export { TASK_IDS, type TaskId } from './tasks/ids.ts';
export { tasks } from './tasks/index.ts';
export { contextOf, type Task } from './tasks/task.ts';
export { InterruptedError } from './training/context.ts';
export { countImages, describeFile, type ImageCounts, phantoms, wrongImages } from './training/data.ts';
export { allLayers, type Budget, protocols } from './training/recipe.ts';
export type { LayerChange, RunWatcher, WatchedEpoch, WatchedPhase } from './training/watch.ts';
