export * from './activations.ts';
export * from './batch-norm.ts';
export * from './conv-transpose2d.ts';
export * from './conv2d.ts';
export * from './dropout.ts';
export * from './linear.ts';
export * from './pooling.ts';
export * from './sequential.ts';
export type { Pair } from './shapes.ts';
