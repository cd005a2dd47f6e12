/** Whose the launches of a training step are: which layer's, and in which part of the step. */
import type { KernelFactory, Launch } from '@glassbox/tensor-core';
import {
  adam,
  batchNormForward,
  batchNormGradientMerge,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormStatistics,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dWeightGradient,
  crossEntropy,
  dropout,
  gatherImages,
  gatherLabels,
  matmul,
  reduce,
  reshape,
  sgd,
  unaryGradient,
} from '@glassbox/wgsl-kernels';
import type { Owner, Stage } from './types.ts';

const kinds = new Map<KernelFactory, Owner['kind']>([
  [gatherImages, 'batch'],
  [gatherLabels, 'batch'],
  [conv2dForward, 'conv'],
  [conv2dInputGradient, 'conv'],
  [conv2dWeightGradient, 'conv'],
  [conv2dBiasGradient, 'conv'],
  [batchNormStatistics, 'norm'],
  [batchNormMerge, 'norm'],
  [batchNormForward, 'norm'],
  [batchNormGradientSums, 'norm'],
  [batchNormGradientMerge, 'norm'],
  [batchNormInputGradient, 'norm'],
  [unaryGradient, 'relu'],
  [reshape, 'flatten'],
  [dropout, 'dropout'],
  [matmul, 'linear'],
  [reduce, 'linear'],
  [crossEntropy, 'loss'],
  [sgd, 'optimizer'],
  [adam, 'optimizer'],
]);

/**
 * The page's net is a row of blocks (convolution with its ReLU, batch norm), so the order of the launches says it all:
 * a convolution begins the next block, and on the way back batch norm's sums do, or the ReLU's gradient without it.
 */
export function ownersOf(launches: readonly Launch[]): { readonly owner: Owner; readonly stage: Stage }[] {
  const withNorm = launches.some(({ factory }) => factory === batchNormGradientSums);
  const beginsBlock: KernelFactory = withNorm ? batchNormGradientSums : unaryGradient;
  let block = 0;
  let lossSeen = false;
  return launches.map(({ factory, name }) => {
    const kind = kinds.get(factory);
    if (!kind) throw new Error(`${name}: the classroom does not know whose kernel this is`);
    if (factory === conv2dForward) block++;
    if (factory === beginsBlock) block--;
    if (kind === 'loss') {
      lossSeen = true;
      block++;
    }
    const number = kind === 'conv' || kind === 'norm' || kind === 'relu' ? block : 1;
    const passes = lossSeen ? 'backward' : 'forward';
    const stage =
      kind === 'batch' ? 'batch' : kind === 'loss' ? 'loss' : kind === 'optimizer' ? 'update' : passes;
    return { owner: { kind, number }, stage };
  });
}
