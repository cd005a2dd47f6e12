import { checkOptions, type OptionTable, share } from '@glassbox/options';
import { add, flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU6 } from '../layers/activations.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import { AdaptiveAvgPool2d } from '../layers/resample.ts';
import { Sequential } from '../layers/sequential.ts';
import { Block } from '../module/block.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { convNorm } from './blocks.ts';
import { kaimingNormal, normalLinear } from './initialise.ts';
import { type NetOptions, netOptions } from './options.ts';

/** What a MobileNetV2 is made for. Without options: 3 channels, 1000 classes. */
export interface MobileNetV2Options extends NetOptions {
  /** Share of values dropped before the linear layer in training mode. Default 0.2. */
  readonly dropout?: number;
}

const optionNames: OptionTable<MobileNetV2Options> = { ...netOptions, dropout: share };

/** Expansion t, channels c, repetitions n and first stride s (Sandler et al., 2018, table 2). */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** A convolution, batch norm, ReLU6. */
const block = (...args: Parameters<typeof convNorm>) => new Sequential(...convNorm(...args), new ReLU6());

/** Few channels become many, each is convolved apart, few again; the input is added where shapes are the same. */
class InvertedResidual extends Block {
  readonly #conv: Sequential;
  readonly #adds: boolean;

  constructor(init: Init, from: number, to: number, { expand, stride }: { expand: number; stride: number }) {
    super();
    const hidden = from * expand;
    const layers = [
      ...(expand > 1 ? [block(init, from, hidden, { kernelSize: 1 })] : []),
      block(init, hidden, hidden, { stride, groups: hidden }),
      ...convNorm(init, hidden, to, { kernelSize: 1 }),
    ];
    this.#conv = this.child('conv', new Sequential(...layers));
    this.#adds = stride === 1 && from === to;
  }

  forward(x: Tensor): Tensor {
    const y = this.#conv.forward(x);
    return this.#adds ? add(x, y) : y;
  }
}

/**
 * MobileNetV2 (Sandler et al., 2018), with torchvision's names and initial weights: `torchvision.models.mobilenet_v2`,
 * 3.5 million parameters.
 */
export class MobileNetV2 extends Module {
  /** All but the mean over pixels and the linear layer. */
  readonly features: Sequential;
  /** Dropout, and the linear layer, which gives the logits. */
  readonly classifier: Sequential;
  readonly #pool = new AdaptiveAvgPool2d(1);

  constructor(runtime: Runtime, options: MobileNetV2Options = {}) {
    super();
    checkOptions('MobileNetV2', options, optionNames);
    const { numClasses = 1000, inChannels = 3, seed = 0, dropout = 0.2 } = options;
    const init = new Init(runtime, seed);
    const layers: Module[] = [block(init, inChannels, 32, { stride: 2 })];
    let before = 32;
    for (const [expand, channels, repeat, first] of stages) {
      for (let index = 0; index < repeat; index++) {
        const stride = index === 0 ? first : 1;
        layers.push(new InvertedResidual(init, before, channels, { expand, stride }));
        before = channels;
      }
    }
    layers.push(block(init, before, 1280, { kernelSize: 1 }));
    this.features = this.child('features', new Sequential(...layers));
    const head = [new Dropout(init, dropout), new Linear(init, 1280, numClasses)];
    this.classifier = this.child('classifier', new Sequential(...head));
    kaimingNormal(this, init, 'fan_out');
    normalLinear(this, init, 0.01);
  }

  /** The means of 1,280 channels, which the linear layer sees: [N,C,H,W] to [N,1280]. */
  embed(x: Tensor): Tensor {
    return flatten(this.#pool.forward(this.features.forward(x)));
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.embed(x));
  }
}
