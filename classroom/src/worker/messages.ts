import type { Fork, Spec } from '../playground/spec.ts';
import type { Walk } from '../playground/training.ts';

/** What the page asks of the Worker that has the device. */
export type Order =
  | { readonly kind: 'open'; readonly device: DeviceWish }
  /** A new training, run at once up to so many steps. Then the step `at` is shown. */
  | ({
      readonly kind: 'build';
      readonly id: number;
      readonly spec: Spec;
      readonly steps: number;
      readonly at?: number;
    } & Comparison)
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'step' }
  /** Goes to a step that has been done. */
  | { readonly kind: 'seek'; readonly step: number }
  | ({ readonly kind: 'compare'; readonly id: number } & Comparison)
  /** The image that is looked at: 28 x 28 bytes. */
  | { readonly kind: 'look'; readonly image: Uint8Array<ArrayBuffer> }
  /** Steps in a second while it plays; Infinity for as many as the device can do. */
  | { readonly kind: 'pace'; readonly stepsPerSecond: number }
  /** The page has drawn the last snapshot, and can take another one. */
  | { readonly kind: 'drawn' };

/** What the training is compared with: a step of its own, or a second run; or nothing. */
export interface Comparison {
  readonly pin?: number;
  readonly fork?: Fork;
}

export type DeviceWish = 'auto' | 'wasm' | 'webgpu';

/** A point of the curve of accuracy. */
export interface Scored {
  readonly step: number;
  readonly accuracy: number;
}

/** How a net does on the test images at a step. */
export interface Tested extends Scored {
  /** For each image the logit of pneumonia less that of normal. */
  readonly logOdds: Float32Array;
}

/** What is new of a run. */
export interface SideNews {
  /** The step that it stands at. */
  readonly steps: number;
  /** The furthest step that it has been at. */
  readonly last: number;
  /** Losses since the last news, of the steps up to `last`. */
  readonly losses: readonly number[];
  readonly scores: readonly Scored[];
  /** undefined if it is the one that was told last. */
  readonly test: Tested | undefined;
  /** Fingerprint of the losses up to `steps`. */
  readonly trace: string;
}

/** The net that the first run's is compared with: at another step, or of the second run. */
export interface Other extends SideNews {
  readonly kind: 'pin' | 'fork';
  readonly walk: Walk;
  /** Of a fork: the largest change of a weight since then, layer by layer, of both runs. */
  readonly moved: { readonly a: readonly number[]; readonly b: readonly number[] } | undefined;
}

/** The training as it is after so many steps. */
export interface Snapshot extends SideNews {
  /** The order that built the training: what belongs to an older one is not drawn. */
  readonly build: number;
  /** The order that said what it is compared with. */
  readonly asked: number;
  /** The step from which it went on with what the browser had kept; undefined if that was nothing. */
  readonly resumed: number | undefined;
  readonly stepsPerEpoch: number;
  readonly playing: boolean;
  readonly stepsPerSecond: number;
  readonly walk: Walk;
  readonly other: Other | undefined;
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
  /** The Worker lives as long as it holds this lock. */
  | { readonly kind: 'living'; readonly lock: string }
  | { readonly kind: 'opened'; readonly device: OpenedDevice }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'failed'; readonly reason: string };
