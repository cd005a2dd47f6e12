export { type BatchNormMode, type BatchNormSpec, batchNormForward } from './forward.ts';
export * from './gradient.ts';
export * from './max-pool.ts';
export * from './oracle.ts';
export * from './scale.ts';
export * from './statistics.ts';
