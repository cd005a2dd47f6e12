export {
  ColorJitter,
  type ColorJitterOptions,
  GaussianNoise,
  type GaussianNoiseOptions,
  RandomGamma,
  type RandomGammaOptions,
} from './colour.ts';
export { RandomErasing, type RandomErasingOptions } from './erasing.ts';
export {
  type FlipOptions,
  RandomAffine,
  type RandomAffineOptions,
  RandomCrop,
  type RandomCropOptions,
  RandomHorizontalFlip,
  RandomVerticalFlip,
} from './geometry.ts';
export { CutMix, type Labelled, MixModule, type MixOptions, MixUp } from './mixing.ts';
export { type NormalizedOptions, type NumberOrRange, RandomModule } from './random-module.ts';
