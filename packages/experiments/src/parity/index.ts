export { compareLosses, compareStates, type Difference } from './compare.ts';
export { ParityInputError } from './errors.ts';
export { type Golden, readGolden } from './golden.ts';
export { type ParityImages, readParityImages } from './images.ts';
export {
  type Differences,
  type ParityQuantity,
  type ParityResult,
  parityLimits,
  perturbed,
  type ReplayOptions,
  replay,
} from './replay.ts';
export { jsonLine, textReport } from './report.ts';
export { type ParityOptimizer, type ParitySpec, parseSpec } from './spec.ts';
