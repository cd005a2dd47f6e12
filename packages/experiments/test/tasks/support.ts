/** The small practical that PyTorch and this project both train: what it is made of. */
import { phantomDataset } from '@glassbox/medmnist';
import type { Protocol } from '../../src/training/recipe.ts';

/** Few epochs of few batches, the last one smaller for two of three sets: rounding stays small. */
export const protocol: Protocol = {
  epochs: 12,
  patience: 3,
  autoencoderEpochs: 1,
  autoencoderPatience: 1,
  probeEpochs: 2,
  embeddedImages: 700,
};

/** Images that the rows train on: the chest's first 300, all of the chest's, all of pneumonia's. */
export const trainImages = [300, 320, 100] as const;

export const sets = {
  chest: phantomDataset({ domain: 'chest', counts: { train: trainImages[1], val: 50, test: 30 }, seed: 11 }),
  pneumonia: phantomDataset({
    domain: 'pneumonia',
    counts: { train: trainImages[2], val: 50, test: 30 },
    seed: 12,
  }),
};

/** The seed of the autoencoder whose untrained weights stand in for pre-trained ones. */
export const autoencoderSeed = 1;

/** What every epoch's order of images is drawn from, in `fit`. */
export const shuffleStream = 0x73687566;

/** Rows of the results that PyTorch trained too, in the order of the run. */
export const recorded = [
  '1a-scratch',
  '1a-scratch-kept-by-auc',
  '1c-autoencoder',
  '2-chest-all',
  '2-pneumonia-scratch',
  '2a-frozen-bn-eval',
  '2a-frozen-bn-reestimated',
  '2b-trainable',
] as const;
