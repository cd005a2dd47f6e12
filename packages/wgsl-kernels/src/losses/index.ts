export * from './cross-entropy.ts';
export * from './pointwise.ts';
export * from './pointwise-ops.ts';
