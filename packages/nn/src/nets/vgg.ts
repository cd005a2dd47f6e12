import { checkOptions, type OptionTable, share } from '@glassbox/options';
import { flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { AdaptiveAvgPool2d } from '../layers/resample.ts';
import { Sequential } from '../layers/sequential.ts';
import { count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { convNorm } from './blocks.ts';
import { kaimingNormal, normalLinear } from './initialise.ts';
import { type NetOptions, netOptions } from './options.ts';

/** What a VGG is made for. Without options: 3 channels, 1000 classes. Images have 32 pixels or more. */
export interface VggOptions extends NetOptions {
  /**
   * Width of the two hidden linear layers. Default 4096; the first then holds 103 million numbers, more than a WebGPU
   * device with default limits takes.
   */
  readonly hidden?: number;
  /** Share of values dropped after each hidden linear layer in training mode. Default 0.5. */
  readonly dropout?: number;
}

const optionNames: OptionTable<VggOptions> = { ...netOptions, hidden: count, dropout: share };

/** Widths of the 3x3 convolutions between the max-pools (Simonyan and Zisserman, 2015, table 1: A and D). */
const widths = {
  11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
} as const;

/** What VGG-11 and VGG-16 share. */
abstract class VGG extends Module {
  /** Convolutions, batch norms, ReLUs and max-pools, numbered as torchvision does. */
  readonly features: Sequential;
  /** The linear layers, with ReLU and dropout between. */
  readonly classifier: Sequential;
  readonly #pool = new AdaptiveAvgPool2d(7);

  constructor(runtime: Runtime, depth: keyof typeof widths, options: VggOptions) {
    super();
    checkOptions(new.target.name, options, optionNames);
    const { numClasses = 1000, inChannels = 3, seed = 0, hidden = 4096, dropout = 0.5 } = options;
    const init = new Init(runtime, seed);
    let before: number = inChannels;
    const layers = widths[depth].flatMap((level) => [
      ...level.flatMap((width) => {
        const block = convNorm(init, before, width, { bias: true });
        before = width;
        return [...block, new ReLU()];
      }),
      new MaxPool2d(2),
    ]);
    this.features = this.child('features', new Sequential(...layers));
    this.child('avgpool', this.#pool);
    const head = [
      new Linear(init, before * 7 * 7, hidden),
      new ReLU(),
      new Dropout(init, dropout),
      new Linear(init, hidden, hidden),
      new ReLU(),
      new Dropout(init, dropout),
      new Linear(init, hidden, numClasses),
    ];
    this.classifier = this.child('classifier', new Sequential(...head));
    kaimingNormal(this, init, 'fan_out');
    normalLinear(this, init, 0.01);
  }

  /** What the linear layers see, 7x7 means of 512 channels as a row: [N,C,H,W] to [N,25088]. */
  embed(x: Tensor): Tensor {
    return flatten(this.#pool.forward(this.features.forward(x)));
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.embed(x));
  }
}

/**
 * VGG-11 with batch norm (Simonyan and Zisserman, 2015, net A), with torchvision's names and initial weights:
 * `torchvision.models.vgg11_bn`, 132.9 million parameters.
 */
export class VGG11 extends VGG {
  constructor(runtime: Runtime, options: VggOptions = {}) {
    super(runtime, 11, options);
  }
}

/**
 * VGG-16 with batch norm (Simonyan and Zisserman, 2015, net D), with torchvision's names and initial weights:
 * `torchvision.models.vgg16_bn`, 138.4 million parameters.
 */
export class VGG16 extends VGG {
  constructor(runtime: Runtime, options: VggOptions = {}) {
    super(runtime, 16, options);
  }
}
