import type { DeviceChoice } from '@glassbox/tensor-core';

/** What the page asks of the Worker. */
export interface Start {
  readonly device: DeviceChoice;
  readonly epochs: number;
}

/** What the Worker tells the page. */
export type News =
  | { readonly kind: 'opened'; readonly device: string; readonly images: number }
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly trainLoss: number;
      readonly valLoss: number;
      readonly valAccuracy: number;
      readonly imagesPerSecond: number;
      /** Probability of pneumonia for the first test images. */
      readonly probabilities: readonly number[];
    }
  | {
      readonly kind: 'done';
      readonly bestEpoch: number;
      readonly accuracy: number;
      readonly probabilities: readonly number[];
    }
  | { readonly kind: 'failed'; readonly reason: string };
