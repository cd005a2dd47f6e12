/** The run's typed results, the statistics on them, the report and the submission. */
export * from './results.ts';
export * from './statistics.ts';
export { buildSubmissionZip, type SubmissionFile } from './submission.ts';
