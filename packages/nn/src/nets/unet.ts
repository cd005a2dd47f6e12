import { checkOptions, flag, list, type OptionTable } from '@glassbox/options';
import { concat, pad, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { Upsample } from '../layers/resample.ts';
import { Sequential } from '../layers/sequential.ts';
import { Block } from '../module/block.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { convNorm, NamedLayers } from './blocks.ts';
import { type NetOptions, netOptions } from './options.ts';

/** Sizes of a U-Net. Without options: 3 channels, 2 classes. */
export interface UNetOptions extends NetOptions {
  /** Channels of each level, from the image's own size down. Default 64, 128, 256, 512, 1024. */
  readonly widths?: readonly number[];
  /** Grow by bilinear interpolation instead of transposed convolutions. Default false. */
  readonly bilinear?: boolean;
}

const optionNames: OptionTable<UNetOptions> = { ...netOptions, widths: list(count), bilinear: flag };

/** Twice a 3x3 convolution, batch norm and ReLU. */
class DoubleConv extends Block {
  readonly #layers: Sequential;

  constructor(init: Init, from: number, to: number, between = to) {
    super();
    const first = [...convNorm(init, from, between), new ReLU()];
    const second = [...convNorm(init, between, to), new ReLU()];
    this.#layers = this.child('double_conv', new Sequential(...first, ...second));
  }

  forward(x: Tensor): Tensor {
    return this.#layers.forward(x);
  }
}

/** Grows twofold and puts what was there before beside it: [N,from,H,W] and [N,to,2H,2W] to [N,to,2H,2W]. */
class Up extends Module {
  readonly #up: Module;
  readonly #conv: Module;

  constructor(init: Init, from: number, to: number, bilinear: boolean) {
    super();
    this.#up = this.child(
      'up',
      bilinear
        ? new Upsample({ scaleFactor: 2, mode: 'bilinear', alignCorners: true })
        : new ConvTranspose2d(init, from, from / 2, { kernelSize: 2, stride: 2 }),
    );
    this.#conv = this.child(
      'conv',
      bilinear ? new DoubleConv(init, from, to, from / 2) : new DoubleConv(init, from, to),
    );
  }

  forward(x: Tensor, skip?: Tensor): Tensor {
    const y = this.#up.forward(x);
    if (!skip) return this.#conv.forward(y);
    // An odd size was rounded down when it was halved.
    const [rows, columns] = [skip.shape[2] - y.shape[2], skip.shape[3] - y.shape[3]];
    const [top, left] = [Math.floor(rows / 2), Math.floor(columns / 2)];
    const same = rows === 0 && columns === 0 ? y : pad(y, [left, columns - left, top, rows - top]);
    return this.#conv.forward(concat([skip, same], 1));
  }
}

/**
 * U-Net (Ronneberger et al., 2015) with padded convolutions and batch norm, as in milesial/Pytorch-UNet, which PyTorch
 * Hub has as `unet_carvana`: its names (`inc.double_conv.0`, `down1.maxpool_conv.1.…`, `up1.up`, `outc.conv`), with
 * PyTorch's default initial weights: 31 million parameters.
 */
export class UNet extends Module {
  readonly #first: Module;
  readonly #downs: readonly Module[];
  readonly #ups: readonly Up[];
  readonly #last: Module;

  /** @throws RangeError if there are fewer than two levels, or one is not twice as wide as the level above it. */
  constructor(runtime: Runtime, options: UNetOptions = {}) {
    super();
    checkOptions('UNet', options, optionNames);
    const { numClasses = 2, inChannels = 3, seed = 0, bilinear = false } = options;
    const { widths = [64, 128, 256, 512, 1024] } = options;
    if (widths.length < 2 || widths.some((width, level) => level > 0 && width !== 2 * widths[level - 1])) {
      throw new RangeError(
        `UNet: widths must be two or more numbers, each twice the one before it, not [${widths}]`,
      );
    }
    const init = new Init(runtime, seed);
    // Interpolation keeps the channels: each level gives half as many, and the skip makes them whole again.
    const factor = bilinear ? 2 : 1;
    const bottom = widths.length - 1;
    this.#first = this.child('inc', new DoubleConv(init, inChannels, widths[0]));
    this.#downs = widths.slice(1).map((width, level) => {
      const to = level + 1 === bottom ? width / factor : width;
      const down = new Sequential(new MaxPool2d(2), new DoubleConv(init, widths[level], to));
      return this.child(`down${level + 1}`, new NamedLayers({ maxpool_conv: down }));
    });
    this.#ups = widths.slice(1).map((_, index) => {
      const level = bottom - index;
      const to = level === 1 ? widths[0] : widths[level - 1] / factor;
      return this.child(`up${index + 1}`, new Up(init, widths[level], to, bilinear));
    });
    const last = new Conv2d(init, widths[0], numClasses, { kernelSize: 1 });
    this.#last = this.child('outc', new NamedLayers({ conv: last }));
  }

  /** Computes logits of each pixel: [N,C,H,W] to [N,numClasses,H,W]. */
  forward(x: Tensor): Tensor {
    const levels = [this.#first.forward(x)];
    for (const down of this.#downs) levels.push(down.forward(levels.at(-1)!));
    return this.#last.forward(this.#ups.reduce((y, up) => up.forward(y, levels.pop()), levels.pop()!));
  }
}
