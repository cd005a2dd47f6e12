import { checkOptions, list, type OptionTable, share, whole } from '@glassbox/options';
import { flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout2d } from '../layers/dropout.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { halvedSize } from './practical-net.ts';

/** Sizes of the autoencoder. The defaults are the practical's. */
export interface AutoencoderOptions {
  /** Channels after each convolution of the encoder; the decoder mirrors them. Default 16, 32, 64, 128. */
  readonly widths?: readonly number[];
  /** Channels of the images. Default 1. */
  readonly inChannels?: number;
  /** Height and width of the images in pixels. */
  readonly imageSize?: number;
  /** Share of channels dropped after each layer of the encoder in training mode. */
  readonly dropout?: number;
  /** Seed of the initial weights and of dropout. */
  readonly seed?: number;
}

const optionNames: OptionTable<AutoencoderOptions> = {
  widths: list(count),
  inChannels: count,
  imageSize: count,
  dropout: share,
  seed: whole(0),
};

/**
 * The practical's autoencoder. Encoder: convolutions 3x3 with stride 2 and padding 1, ReLU, channel dropout; named
 * conv1, conv2, … as in `PracticalNet`, so that their weights can be handed over. Decoder: transposed convolutions
 * deconv1, deconv2, … back to the image's size, ReLU between and none at the end.
 */
export class Autoencoder extends Module {
  /** The encoder's layers, from the image on: conv1, conv2, …. */
  readonly convolutions: readonly Conv2d[];
  /** The decoder's layers, from the code on: deconv1, deconv2, …. */
  readonly deconvolutions: readonly ConvTranspose2d[];
  /** The dropout after each layer of the encoder. */
  readonly dropouts: readonly Dropout2d[];
  readonly #relu = new ReLU();

  constructor(runtime: Runtime, options: AutoencoderOptions = {}) {
    super();
    checkOptions('Autoencoder', options, optionNames);
    const { widths = [16, 32, 64, 128], inChannels = 1, imageSize = 28, dropout = 0.2, seed = 0 } = options;
    const init = new Init(runtime, seed);
    const channels = [inChannels, ...widths];
    const halve = { kernelSize: 3, stride: 2, padding: 1 };
    this.convolutions = widths.map((width, index) =>
      this.child(`conv${index + 1}`, new Conv2d(init, channels[index], width, halve)),
    );
    this.deconvolutions = widths.map((_, index) => {
      const level = widths.length - index;
      // A side of 2m or 2m-1 was halved to m; without padding of the output m grows back to 2m-1.
      const outputPadding = halvedSize(imageSize, level - 1) % 2 === 0 ? 1 : 0;
      return this.child(
        `deconv${index + 1}`,
        new ConvTranspose2d(init, channels[level], channels[level - 1], { ...halve, outputPadding }),
      );
    });
    this.dropouts = widths.map((_, index) => this.child(`dropout${index + 1}`, new Dropout2d(init, dropout)));
  }

  /** The code [N,C,H,W] that the decoder starts from. */
  encode(x: Tensor): Tensor {
    return forwardThrough(
      x,
      this.convolutions.flatMap((conv, index) => [conv, this.#relu, this.dropouts[index]]),
    );
  }

  /** Images [N,C,H,W] from a code. */
  decode(code: Tensor): Tensor {
    const last = this.deconvolutions.length - 1;
    return forwardThrough(
      code,
      this.deconvolutions.flatMap((deconv, index) => (index < last ? [deconv, this.#relu] : [deconv])),
    );
  }

  /** The flattened code [N,C·H·W]. */
  embed(x: Tensor): Tensor {
    return flatten(this.encode(x));
  }

  /** The reconstruction, as large as the input. */
  forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
}
