/** The two protocols: what is trained how, and which epoch is kept. */
import { Adam, AdamW, cosine, multiStep, type Optimizer, type Schedule } from '@glassbox/nn';
import type { Tensor } from '@glassbox/tensor-core';

/** `official`: MedMNIST v2's own script. `plus`: that of the MedMNIST+ benchmark. */
export type ProtocolName = 'official' | 'plus';

/** What is trained: all layers; the last one alone; nothing (the nearest training images vote). */
export type Mode = 'end-to-end' | 'linear-probe' | 'knn';

/** Every mode, in the order in which a run needs them. */
export const modes: readonly Mode[] = ['end-to-end', 'linear-probe', 'knn'];

/** An epoch whose weights are scored: the best on validation, or the last one. */
export type Kept = 'best' | 'last';

/** How nets are trained and judged. */
export interface Protocol {
  readonly name: ProtocolName;
  readonly modes: readonly Mode[];
  /** Epochs at most, unless others are asked for. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Images of a batch of validation and test. */
  readonly evalBatchSize: number;
  /** What of the validation images chooses the best epoch: a larger AUC, or a smaller mean loss of its batches. */
  readonly monitor: 'auc' | 'batchLoss';
  /** Epochs without a better one before training stops. */
  readonly patience: number;
  readonly kept: readonly Kept[];
  readonly optimizer: (parameters: readonly Tensor[]) => Optimizer;
  readonly schedule: (epochs: number) => Schedule;
  /** Choices in words, for the report. */
  readonly words: readonly (readonly [choice: string, value: string])[];
}

const officialRate = 1e-3;
const plusRate = 1e-4;

/** Neighbours that vote in the mode `knn`. */
export const neighbours = 11;

/** Height and width that the plus protocol pads images to, and the official one enlarges 28-pixel images to. */
export const largeSize = 224;

/** Both protocols. */
export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  official: {
    name: 'official',
    modes: ['end-to-end'],
    epochs: 100,
    batchSize: 128,
    evalBatchSize: 128,
    monitor: 'auc',
    patience: Number.POSITIVE_INFINITY,
    kept: ['best', 'last'],
    optimizer: (parameters) => new Adam(parameters, { lr: officialRate }),
    // As the script: at half and three quarters of the epochs that are asked for.
    schedule: (epochs) => multiStep([0.5 * epochs, 0.75 * epochs]),
    words: [
      ['optimiser', `Adam, rate ${officialRate}, no weight decay`],
      ['rate', 'times 0.1 after half of the epochs, and again after three quarters'],
      ['batch', '128 images in a new order each epoch; the last batch of an epoch is kept'],
      ['images', '(x / 255 - 0.5) / 0.5, no augmentation'],
      ['loss', 'cross-entropy; of several findings binary cross-entropy with logits'],
      ['early stopping', 'none'],
      ['weights', "fresh, by PyTorch's default initialisation"],
    ],
  },
  plus: {
    name: 'plus',
    modes,
    epochs: 100,
    batchSize: 64,
    evalBatchSize: 256,
    monitor: 'batchLoss',
    patience: 5,
    kept: ['best'],
    optimizer: (parameters) => new AdamW(parameters, { lr: plusRate }),
    // As the benchmark's script counts: its first two epochs have the full rate.
    schedule: (epochs) => (t) => cosine(epochs)(Math.max(0, t - 1)),
    words: [
      ['optimiser', `AdamW, rate ${plusRate}, decay 0.01`],
      ['rate', 'half a cosine to 0 over all epochs'],
      ['batch', '64 images in a new order each epoch; the last batch of an epoch is kept'],
      [
        'images',
        `three channels by the means and deviations of ImageNet, zeros around them up to ${largeSize} pixels`,
      ],
      ['loss', 'cross-entropy; of several findings binary cross-entropy with logits'],
      ['early stopping', '5 epochs without a smaller validation loss, which is the mean over batches of 256'],
      [
        'linear probe',
        'the last layer alone learns; batch norm uses the statistics of each batch, and updates them',
      ],
      [
        'k-NN',
        `${neighbours} nearest training images by Euclidean distance before the last layer, majority vote`,
      ],
    ],
  },
};
