export * from './bias-gradient.ts';
export type { ConvEpilogue } from './epilogue.ts';
export * from './forms.ts';
export * from './forward.ts';
export type { ConvTile } from './implicit-gemm/plan.ts';
export * from './input-gradient.ts';
export * from './layouts.ts';
export {
  conv2dForwardOracle,
  conv2dForwardPlain,
  conv2dInputGradientOracle,
  conv2dInputGradientPlain,
  conv2dWeightGradientOracle,
  conv2dWeightGradientPlain,
} from './plain.ts';
export * from './spec.ts';
export { transposeFilter } from './transpose-filter.ts';
export * from './transposed.ts';
export { conv2dWeightGradientPacked } from './weight-gradient/packed.ts';
export * from './weight-gradient.ts';
export * from './winograd/index.ts';
