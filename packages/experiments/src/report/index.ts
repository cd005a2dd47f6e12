/** The run's typed results, the statistics on them, the report and the submission. */
export { buildAnswers } from './answers.ts';
export { buildReport } from './build-report.ts';
export * from './results.ts';
export * from './statistics.ts';
export { buildSubmissionZip, type SubmissionFile } from './submission.ts';
