import type { ImageSize } from '@glassbox/medmnist';
import type { DeviceName } from '@glassbox/tensor-core';

/** What a worker is started with, as JSON in its first argument. */
export interface Setup {
  /** The data set's file. */
  readonly file: string;
  /** Trains on it, or loads it again and again. */
  readonly task: 'train' | 'load';
  readonly net: StreamNet;
  readonly size: ImageSize;
  /** Images that are trained on, spread over all of the file. */
  readonly images: number;
  readonly device: DeviceName;
  readonly adapter: 'hardware' | 'software';
  /** As in `openDataset`; Infinity is written as null. */
  readonly maxResident: number | null;
}

/** Nets that take images of any size. */
export const streamNets = ['practical-net', 'resnet18'] as const;
export type StreamNet = (typeof streamNets)[number];
