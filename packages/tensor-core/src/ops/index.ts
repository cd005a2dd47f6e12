export * from '../primitives/fill.ts';
export * from './augment/adjust.ts';
export * from './augment/affine.ts';
export * from './augment/erase.ts';
export * from './augment/mix.ts';
export { type BatchNormOptions, batchNorm } from './batch-norm/batch-norm.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './conv2d/conv-transpose2d.ts';
export { type Conv2dOptions, conv2d } from './conv2d/conv2d.ts';
export * from './copy/cast.ts';
export * from './copy/expand.ts';
export { contiguous, flatten, permute, reshape, toLayout, transpose } from './copy/layout.ts';
export * from './copy/slice.ts';
export * from './copy/stack.ts';
export * from './elementwise/binary.ts';
export * from './elementwise/unary.ts';
export * from './elementwise/where.ts';
export * from './gather/gather.ts';
export type { NormalizeOptions } from './gather/normalization.ts';
export {
  type ImageValues,
  type LabelValues,
  type StoredImages,
  type StoredLabels,
  type StoreImagesOptions,
  storeImages,
  storeLabels,
} from './gather/stored.ts';
export * from './grid-sample/affine-grid.ts';
export * from './grid-sample/grid-sample.ts';
export * from './indexing/cumsum.ts';
export * from './indexing/one-hot.ts';
export { type EmbeddingOptions, embedding, gather, indexSelect } from './indexing/take.ts';
export * from './indexing/top-k.ts';
export * from './losses/composed.ts';
export * from './losses/losses.ts';
export * from './matmul/attention.ts';
export { linear, type MatmulOptions, matmul } from './matmul/matmul.ts';
export { type GroupNormOptions, groupNorm } from './normalisation/group-norm.ts';
export { type LayerNormOptions, layerNorm } from './normalisation/layer-norm.ts';
export * from './optimizer/optimizer.ts';
export { type AvgPool2dOptions, avgPool2d, maxPool2d, type Pool2dOptions } from './pool2d/pool2d.ts';
export * from './random/random.ts';
export * from './reduce/reduce.ts';
export * from './resample/adaptive-pool.ts';
export { type InterpolateOptions, interpolate } from './resample/interpolate.ts';
export * from './resample/pad.ts';
export * from './resample/pixel-shuffle.ts';
export * from './resample/places.ts';
export * from './softmax/softmax.ts';
