export * from './bias-gradient.ts';
export type { ConvEpilogue } from './epilogue.ts';
export * from './forward.ts';
export * from './input-gradient.ts';
export * from './spec.ts';
export * from './transpose-filter.ts';
export * from './transposed.ts';
export * from './weight-gradient.ts';
export * from './winograd/index.ts';
