import { checkOptions } from '@glassbox/options';
import { concat, flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Linear } from '../layers/linear.ts';
import { AvgPool2d, MaxPool2d } from '../layers/pooling.ts';
import { AdaptiveAvgPool2d } from '../layers/resample.ts';
import { Block } from '../module/block.ts';
import type { LoadStateDictOptions } from '../module/load-state.ts';
import { Module } from '../module/module.ts';
import type { LoadReport, StateDict } from '../module/state-dict.ts';
import { Init } from '../random/init.ts';
import { conv, NamedLayers, renamed } from './blocks.ts';
import { kaimingNormal } from './initialise.ts';
import { type NetOptions, netOptions } from './options.ts';

/** Channels that each layer of a block adds. */
const growth = 32;
/** Layers of the four blocks (Huang et al., 2017, table 1). */
const layersOfBlocks = [6, 12, 24, 16] as const;

/** Each layer sees what came into the block and what all before it added: [N,C,H,W] to [N,C+32·layers,H,W]. */
class DenseBlock extends Block {
  readonly #layers: readonly Module[];

  constructor(init: Init, before: number, layers: number) {
    super();
    this.#layers = Array.from({ length: layers }, (_, index) => {
      const from = before + index * growth;
      const layer = new NamedLayers({
        norm1: new BatchNorm2d(init, from),
        relu1: new ReLU(),
        conv1: conv(init, from, 4 * growth, { kernelSize: 1 }),
        norm2: new BatchNorm2d(init, 4 * growth),
        relu2: new ReLU(),
        conv2: conv(init, 4 * growth, growth),
      });
      return this.child(`denselayer${index + 1}`, layer);
    });
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((all, layer) => concat([all, layer.forward(all)], 1), x);
  }
}

/**
 * DenseNet-121 (Huang et al., 2017), with names and initial weights of `torchvision.models.densenet121`: 8.0 million
 * parameters. Without options: 3 channels, 1000 classes. Images have 29 pixels or more.
 */
export class DenseNet121 extends Module {
  /** All but the last ReLU, the mean over pixels and the linear layer. */
  readonly features: Module;
  /** The linear layer, which gives the logits. */
  readonly classifier: Linear;
  readonly #relu = new ReLU();
  readonly #pool = new AdaptiveAvgPool2d(1);

  constructor(runtime: Runtime, options: NetOptions = {}) {
    super();
    checkOptions('DenseNet121', options, netOptions);
    const { numClasses = 1000, inChannels = 3, seed = 0 } = options;
    const init = new Init(runtime, seed);
    const layers: Record<string, Module> = {
      conv0: conv(init, inChannels, 64, { kernelSize: 7, stride: 2 }),
      norm0: new BatchNorm2d(init, 64),
      relu0: new ReLU(),
      pool0: new MaxPool2d(3, { stride: 2, padding: 1 }),
    };
    let channels = 64;
    for (const [index, count] of layersOfBlocks.entries()) {
      layers[`denseblock${index + 1}`] = new DenseBlock(init, channels, count);
      channels += count * growth;
      if (index === layersOfBlocks.length - 1) break;
      layers[`transition${index + 1}`] = new NamedLayers({
        norm: new BatchNorm2d(init, channels),
        relu: new ReLU(),
        conv: conv(init, channels, channels / 2, { kernelSize: 1 }),
        pool: new AvgPool2d(2),
      });
      channels /= 2;
    }
    layers.norm5 = new BatchNorm2d(init, channels);
    this.features = this.child('features', new NamedLayers(layers));
    this.classifier = this.child('classifier', new Linear(init, channels, numClasses));
    kaimingNormal(this, init, 'fan_in');
    this.classifier.bias!.write(new Float32Array(numClasses));
  }

  /** The means of 1,024 channels, which the linear layer sees: [N,C,H,W] to [N,1024]. */
  embed(x: Tensor): Tensor {
    return flatten(this.#pool.forward(this.#relu.forward(this.features.forward(x))));
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.embed(x));
  }

  /** As `Module.loadStateDict`. The names of torchvision's published file (`norm.1` for `norm1`) are taken, too. */
  override loadStateDict(state: StateDict, options?: LoadStateDictOptions): LoadReport {
    return super.loadStateDict(renamed(state, /(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)/, '$1'), options);
  }
}
