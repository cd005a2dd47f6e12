import { checkOptions, list, type OptionTable, whole } from '@glassbox/options';
import { flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';

/** Sizes of the net. The defaults are the practical's. */
export interface PracticalNetOptions {
  /** Channels after each convolution. Default 16, 32, 64, 128. */
  readonly widths?: readonly number[];
  /** Number of logits. Default 2. */
  readonly numClasses?: number;
  /** Channels of the images. Default 1. */
  readonly inChannels?: number;
  /** Height and width of the images in pixels. */
  readonly imageSize?: number;
  /** Seed of the initial weights. */
  readonly seed?: number;
}

const optionNames: OptionTable<PracticalNetOptions> = {
  widths: list(count),
  numClasses: count,
  inChannels: count,
  imageSize: count,
  seed: whole(0),
};

/** Side of an image after `layers` convolutions 3x3 with stride 2 and padding 1. */
export function halvedSize(imageSize: number, layers: number): number {
  let size = imageSize;
  for (let layer = 0; layer < layers; layer++) size = Math.ceil(size / 2);
  return size;
}

/**
 * The practical's classifier: [convolution 3x3 with stride 2 and padding 1, ReLU, batch norm] for each width, then
 * one linear layer on the flatten. Parts are named conv1, bn1, conv2, …, fc.
 */
export class PracticalNet extends Module {
  /** The convolutions from the image on: conv1, conv2, …. */
  readonly convolutions: readonly Conv2d[];
  /** The batch norm after each convolution: bn1, bn2, …. */
  readonly norms: readonly BatchNorm2d[];
  /** The linear layer on the flattened images, which gives the logits. */
  readonly fc: Linear;
  readonly #relu = new ReLU();
  /** Width of the embedding. */
  readonly embeddingSize: number;

  constructor(runtime: Runtime, options: PracticalNetOptions = {}) {
    super();
    checkOptions('PracticalNet', options, optionNames);
    const { widths = [16, 32, 64, 128], numClasses = 2, inChannels = 1, imageSize = 28, seed = 0 } = options;
    const init = new Init(runtime, seed);
    const norms: BatchNorm2d[] = [];
    this.convolutions = widths.map((width, index) => {
      const before = index === 0 ? inChannels : widths[index - 1];
      const options = { kernelSize: 3, stride: 2, padding: 1 };
      const conv = this.child(`conv${index + 1}`, new Conv2d(init, before, width, options));
      norms.push(this.child(`bn${index + 1}`, new BatchNorm2d(init, width)));
      return conv;
    });
    this.norms = norms;
    const side = halvedSize(imageSize, widths.length);
    this.embeddingSize = (widths.at(-1) ?? inChannels) * side * side;
    this.fc = this.child('fc', new Linear(init, this.embeddingSize, numClasses));
  }

  /** The parts below the head: what transfer learning freezes. */
  get encoder(): Module[] {
    return this.convolutions.flatMap((conv, index) => [conv, this.norms[index]]);
  }

  /** The flatten before the linear layer: [N,C,H,W] to [N,embeddingSize], in PyTorch's C,H,W order. */
  embed(x: Tensor): Tensor {
    const layers = this.convolutions.flatMap((conv, index) => [conv, this.#relu, this.norms[index]]);
    return flatten(forwardThrough(x, layers));
  }

  /** Computes the logits [N,numClasses] of images [N,inChannels,H,W]. */
  forward(x: Tensor): Tensor {
    return this.fc.forward(this.embed(x));
  }
}
