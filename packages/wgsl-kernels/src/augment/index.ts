export {
  type AdjustImagesSpec,
  type Adjustment,
  adjustImages,
  adjustImagesOracle,
  adjustments,
} from './adjust.ts';
export { type AffineImagesSpec, affineImages, affineImagesOracle } from './affine.ts';
export {
  type EraseImagesSpec,
  eraseImages,
  eraseImagesOracle,
  numbersPerBox,
  type RandomBoxesSpec,
  randomBoxes,
  randomBoxesOracle,
} from './erase.ts';
export {
  numbersPerMatrix,
  type RandomMatricesSpec,
  randomMatrices,
  randomMatricesOracle,
} from './matrices.ts';
export {
  mixImages,
  mixImagesOracle,
  numbersInMix,
  numbersPerMix,
  type RandomMixesSpec,
  randomMixes,
  randomMixesOracle,
} from './mix.ts';
