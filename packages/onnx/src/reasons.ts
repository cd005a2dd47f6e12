/** Kernels of forward passes that are written as no ONNX node, and why. (Those of gradients and optimisers beside.) */
import type { KernelFactory } from '@glassbox/tensor-core';
import {
  adjustImages,
  affineImages,
  batchNormStatistics,
  crossEntropy,
  dropout,
  dropout2d,
  eraseImages,
  gatherImages,
  gatherLabels,
  mixImages,
  pointwiseLossForward,
  randomBoxes,
  randomMatrices,
  randomMixes,
  randomNormal,
  randomUniform,
} from '@glassbox/wgsl-kernels';

const loss = "a loss belongs to training; export the net's output, before the loss";
const random = 'random numbers would be others in each runtime; make the tensor outside of forward, once';
const augmented =
  'augmentation belongs to training: give it to fit as `transform`, or export in evaluation mode';
const rows = 'rows of a data set are no part of a net; export what comes after';

export const reasons: ReadonlyMap<KernelFactory, string> = new Map<KernelFactory, string>([
  [
    batchNormStatistics,
    "a net in evaluation mode normalises by running statistics, not by the batch's own; give batchNorm " +
      '`training: false` there',
  ],
  [crossEntropy, loss],
  [pointwiseLossForward, loss],
  [dropout, 'in evaluation mode nothing is dropped; drop only where `this.training`'],
  [dropout2d, 'in evaluation mode nothing is dropped; drop only where `this.training`'],
  [randomNormal, random],
  [randomUniform, random],
  [affineImages, augmented],
  [adjustImages, augmented],
  [eraseImages, augmented],
  [mixImages, augmented],
  [randomMixes, augmented],
  [randomMatrices, augmented],
  [randomBoxes, augmented],
  [gatherImages, rows],
  [gatherLabels, rows],
]);

/** For all others. */
export const noReason =
  'it is a gradient, an optimiser or a kernel of your own; compute this with ops of @glassbox/tensor-core';
