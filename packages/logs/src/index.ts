/**
 * Metrics of trainings as files that other programs read: JSON lines, CSV, TensorBoard's events. They stay whole when
 * the process is killed, and a training that goes on repeats no epoch in them. In Node; pages give `openFile`.
 */
export type { GrowingFile, OpenGrowingFile } from './append-file.ts';
export { csvLine } from './csv.ts';
export { EventFile } from './event-file.ts';
export type { Png, Tagged } from './events.ts';
export { MetricsLog, type MetricsLogOptions, metricsLog } from './metrics-log.ts';
