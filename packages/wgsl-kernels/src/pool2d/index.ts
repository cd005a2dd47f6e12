export * from './average.ts';
export {
  maxPool2dForward,
  maxPool2dForwardOracle,
  maxPool2dGradient,
  maxPool2dGradientOracle,
} from './max.ts';
export { type Pool2dSpec, pool2dLayouts, pool2dOutputSize, pool2dOverhang } from './spec.ts';
