export * from './average.ts';
export * from './max.ts';
export { type Pool2dSpec, pool2dLayouts, pool2dOutputSize } from './spec.ts';
