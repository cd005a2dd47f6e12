import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import { add, flatten, type Runtime, type Tensor } from '@glassbox/tensor-core';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { AvgPool2d } from '../layers/pooling.ts';
import { Sequential } from '../layers/sequential.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { halvedSize } from './practical-net.ts';

/** What a ResNet-18 is made for. */
export interface ResNet18Options {
  /** Number of outputs. Default 2. */
  readonly numClasses?: number;
  /** Channels of the images. Default 1. */
  readonly inChannels?: number;
  /** Height and width of the images in pixels. */
  readonly imageSize?: number;
  /** Seed of the initial weights. */
  readonly seed?: number;
}

const optionNames: OptionTable<ResNet18Options> = {
  numClasses: count,
  inChannels: count,
  imageSize: count,
  seed: whole(0),
};

/** Two 3x3 convolutions around which the input is added, by way of a 1x1 convolution where shapes change. */
class BasicBlock extends Module {
  readonly #residual: readonly Module[];
  readonly #downsample: Sequential | undefined;
  readonly #relu = new ReLU();

  constructor(init: Init, before: number, width: number, stride: number) {
    super();
    const conv = (from: number, kernelSize: 1 | 3, step: number) =>
      new Conv2d(init, from, width, { kernelSize, stride: step, padding: (kernelSize - 1) / 2, bias: false });
    this.#residual = [
      this.child('conv1', conv(before, 3, stride)),
      this.child('bn1', new BatchNorm2d(init, width)),
      this.#relu,
      this.child('conv2', conv(width, 3, 1)),
      this.child('bn2', new BatchNorm2d(init, width)),
    ];
    if (stride !== 1 || before !== width) {
      const shortcut = new Sequential(conv(before, 1, stride), new BatchNorm2d(init, width));
      this.#downsample = this.child('downsample', shortcut);
    }
  }

  forward(x: Tensor): Tensor {
    const residual = forwardThrough(x, this.#residual);
    return this.#relu.forward(add(residual, this.#downsample ? this.#downsample.forward(x) : x));
  }
}

/**
 * ResNet-18 (He et al., 2016) for small images, as it is used for CIFAR and by MedMNIST for 28x28: a 3x3 convolution
 * with stride 1 and no pooling in place of the 7x7 with stride 2. Widths 64, 128, 256, 512 with two blocks each, batch
 * norm, a mean over all pixels, one linear layer: 11.2 million parameters. Parts have torchvision's names (conv1, bn1,
 * layer1.0.conv1, …, layer2.0.downsample.0, …, fc). Built from public layers only.
 */
export class ResNet18 extends Module {
  /** The linear layer, which gives the logits. */
  readonly fc: Linear;
  readonly #features: readonly Module[];

  constructor(runtime: Runtime, options: ResNet18Options = {}) {
    super();
    checkOptions('ResNet18', options, optionNames);
    const { numClasses = 2, inChannels = 1, imageSize = 28, seed = 0 } = options;
    const init = new Init(runtime, seed);
    const features: Module[] = [
      this.child('conv1', new Conv2d(init, inChannels, 64, { kernelSize: 3, padding: 1, bias: false })),
      this.child('bn1', new BatchNorm2d(init, 64)),
      new ReLU(),
    ];
    let before = 64;
    for (const [index, width] of [64, 128, 256, 512].entries()) {
      const first = new BasicBlock(init, before, width, index > 0 ? 2 : 1);
      const stage = new Sequential(first, new BasicBlock(init, width, width, 1));
      features.push(this.child(`layer${index + 1}`, stage));
      before = width;
    }
    this.#features = [...features, new AvgPool2d(halvedSize(imageSize, 3))];
    this.fc = this.child('fc', new Linear(init, before, numClasses));
  }

  /** The means of 512 channels, which the linear layer sees: [N,C,H,W] to [N,512]. */
  embed(x: Tensor): Tensor {
    return flatten(forwardThrough(x, this.#features));
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.fc.forward(this.embed(x));
  }
}
