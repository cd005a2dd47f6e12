import type { Spec } from '../playground/spec.ts';
import type { Walk } from '../playground/training.ts';

/** What the page asks of the Worker that has the device. */
export type Order =
  | { readonly kind: 'open'; readonly device: DeviceWish }
  /** A new training, run at once up to so many steps. */
  | { readonly kind: 'build'; readonly spec: Spec; readonly steps: number }
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'step' }
  /** The image that is looked at: 28 x 28 bytes. */
  | { readonly kind: 'look'; readonly image: Uint8Array<ArrayBuffer> }
  /** Steps in a second while it plays; Infinity for as many as the device can do. */
  | { readonly kind: 'pace'; readonly stepsPerSecond: number }
  /** The page has drawn the last snapshot, and can take another one. */
  | { readonly kind: 'drawn' };

export type DeviceWish = 'auto' | 'wasm' | 'webgpu';

/** A point of the curve of accuracy. */
export interface Scored {
  readonly step: number;
  readonly accuracy: number;
}

/** The training as it is after so many steps. */
export interface Snapshot {
  /** Counts the trainings that were built: what belongs to an older one is not drawn. */
  readonly build: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly playing: boolean;
  /** Losses since the last snapshot, of the steps up to `steps`. */
  readonly losses: readonly number[];
  readonly scores: readonly Scored[];
  readonly trace: string;
  readonly stepsPerSecond: number;
  readonly walk: Walk;
}

export interface OpenedDevice {
  readonly kind: string;
  readonly adapter: string;
  readonly hardware: boolean;
  readonly threads?: number;
  readonly isolated: boolean;
}

/** What the Worker tells the page. */
export type News =
  | { readonly kind: 'opened'; readonly device: OpenedDevice }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'failed'; readonly reason: string };
