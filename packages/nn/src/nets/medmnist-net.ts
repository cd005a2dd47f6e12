import { checkOptions, list, type OptionTable, whole } from '@glassbox/options';
import { flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';

/** Sizes of the net. The defaults are those of MedMNIST's example. */
export interface MedMnistNetOptions {
  /** Channels after each of the five convolutions. Default 16, 16, 64, 64, 64. */
  readonly widths?: readonly number[];
  /** Widths of the two hidden linear layers. Default 128, 128. */
  readonly hidden?: readonly [number, number];
  /** Number of logits. Default 2. */
  readonly numClasses?: number;
  /** Channels of the images. Default 1. */
  readonly inChannels?: number;
  /** Height and width of the images in pixels: 16 or more. */
  readonly imageSize?: number;
  /** Seed of the initial weights. */
  readonly seed?: number;
}

const optionNames: OptionTable<MedMnistNetOptions> = {
  widths: list(count),
  hidden: list(count, 2),
  numClasses: count,
  inChannels: count,
  imageSize: count,
  seed: whole(0),
};

/**
 * The small net of MedMNIST's own getting-started example: five times [convolution 3x3, batch norm, ReLU], the last
 * padded by 1, 2x2 max-pooling after the second and fifth, then three linear layers. Parts are named conv1, bn1, …,
 * fc1, fc2, fc3.
 */
export class MedMnistNet extends Module {
  /** The five convolutions, conv1 to conv5. */
  readonly convolutions: readonly Conv2d[];
  /** The batch norm after each convolution, bn1 to bn5. */
  readonly norms: readonly BatchNorm2d[];
  /** The first hidden linear layer, on the flattened images. */
  readonly fc1: Linear;
  /** The second hidden linear layer. */
  readonly fc2: Linear;
  /** The last linear layer, which gives the logits. */
  readonly fc3: Linear;
  readonly #relu = new ReLU();
  readonly #pool = new MaxPool2d(2);

  constructor(runtime: Runtime, options: MedMnistNetOptions = {}) {
    super();
    checkOptions('MedMnistNet', options, optionNames);
    const {
      widths = [16, 16, 64, 64, 64],
      hidden = [128, 128],
      numClasses = 2,
      inChannels = 1,
      imageSize = 28,
      seed = 0,
    } = options;
    if (widths.length !== 5) {
      throw new RangeError(`MedMnistNet: widths must be five numbers, not [${widths}]`);
    }
    const init = new Init(runtime, seed);
    const norms: BatchNorm2d[] = [];
    this.convolutions = widths.map((width, index) => {
      const before = index === 0 ? inChannels : widths[index - 1];
      const conv = new Conv2d(init, before, width, { kernelSize: 3, padding: index === 4 ? 1 : 0 });
      this.child(`conv${index + 1}`, conv);
      norms.push(this.child(`bn${index + 1}`, new BatchNorm2d(init, width)));
      return conv;
    });
    this.norms = norms;
    const side = Math.floor((Math.floor((imageSize - 4) / 2) - 4) / 2);
    if (side < 1)
      throw new RangeError(`MedMnistNet: images of ${imageSize} pixels are too small; give 16 or more`);
    this.fc1 = this.child('fc1', new Linear(init, widths[4] * side * side, hidden[0]));
    this.fc2 = this.child('fc2', new Linear(init, hidden[0], hidden[1]));
    this.fc3 = this.child('fc3', new Linear(init, hidden[1], numClasses));
  }

  /** The flatten before the linear layers, in PyTorch's C,H,W order. */
  embed(x: Tensor): Tensor {
    const layers = this.convolutions.flatMap((conv, index) => {
      const block = [conv, this.norms[index], this.#relu];
      return index === 1 || index === 4 ? [...block, this.#pool] : block;
    });
    return flatten(forwardThrough(x, layers));
  }

  /** Computes the logits [N,numClasses] of images [N,inChannels,H,W]. */
  forward(x: Tensor): Tensor {
    return forwardThrough(this.embed(x), [this.fc1, this.#relu, this.fc2, this.#relu, this.fc3]);
  }
}
