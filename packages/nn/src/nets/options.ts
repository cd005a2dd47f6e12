import { type OptionTable, whole } from '@glassbox/options';
import { count } from '../module/kinds.ts';

/** What a net is made for. */
export interface NetOptions {
  /** Number of outputs. */
  readonly numClasses?: number;
  /** Channels of the images. */
  readonly inChannels?: number;
  /** Height and width of the images in pixels. What ends with a mean over all pixels takes other sizes, too. */
  readonly imageSize?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** Names and kinds of what every net is made for. */
export const netOptions: OptionTable<NetOptions> = {
  numClasses: count,
  inChannels: count,
  imageSize: count,
  seed: whole(0),
};
