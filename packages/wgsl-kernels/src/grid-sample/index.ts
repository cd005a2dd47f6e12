export * from './grid-sample.ts';
export * from './oracle.ts';
export { type GridSampleMode, type GridSampleSpec, gridSampleLayout } from './spec.ts';
