import { checkOptions, type OptionTable, oneOf } from '@glassbox/options';
import { add, flatten, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import { ReLU } from '../layers/activations.ts';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Linear } from '../layers/linear.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { AdaptiveAvgPool2d } from '../layers/resample.ts';
import { Sequential } from '../layers/sequential.ts';
import { Block } from '../module/block.ts';
import { Module } from '../module/module.ts';
import { Init } from '../random/init.ts';
import { conv, convNorm } from './blocks.ts';
import { kaimingNormal } from './initialise.ts';
import { type NetOptions, netOptions } from './options.ts';

/** How a ResNet begins and what its parts are called. */
const forms = {
  small: { stem: 3, shortcut: 'downsample', head: 'fc', numClasses: 2, inChannels: 1 },
  medmnist: { stem: 3, shortcut: 'shortcut', head: 'linear', numClasses: 2, inChannels: 1 },
  torchvision: { stem: 7, shortcut: 'downsample', head: 'fc', numClasses: 1000, inChannels: 3 },
} as const;

/** Name of a form of the ResNets; see `ResNetOptions`. */
export type ResNetForm = keyof typeof forms;

/** What a ResNet is made for. */
export interface ResNetOptions extends NetOptions {
  /**
   * `small` (the default) and `medmnist` begin with a 3x3 convolution of stride 1, for images of some 28 pixels, and
   * are made for 1 channel and 2 classes. Parts of `small` have torchvision's names, parts of `medmnist` the names of
   * MedMNIST's published weights (`layer2.0.shortcut.0`, `linear`). `torchvision` begins with a 7x7 convolution of
   * stride 2 and a max-pool, for images of some 224 pixels, has torchvision's initial weights, and is made for 3
   * channels and 1000 classes.
   */
  readonly form?: ResNetForm;
}

const optionNames: OptionTable<ResNetOptions> = { ...netOptions, form: oneOf(...Object.keys(forms)) };

/** Convolutions around which the input is added: sizes of their filters, and which of them makes the stride. */
interface BlockPlan {
  readonly kernels: readonly (1 | 3)[];
  readonly strided: number;
  /** How many times the block's width its last convolution gives. */
  readonly expansion: number;
}

/** ResNet-18's block. */
const basic: BlockPlan = { kernels: [3, 3], strided: 0, expansion: 1 };
/** ResNet-50's, with the stride at the 3x3 convolution as torchvision and MedMNIST have it ("v1.5"). */
const bottleneck: BlockPlan = { kernels: [1, 3, 1], strided: 1, expansion: 4 };

/** conv1, bn1, conv2, … with ReLU between, and a 1x1 convolution around them where shapes change. */
class ResidualBlock extends Block {
  readonly #residual: readonly Module[];
  readonly #shortcut: Sequential | undefined;
  readonly #relu = new ReLU();

  constructor(
    init: Init,
    { kernels, strided, expansion }: BlockPlan,
    {
      before,
      width,
      stride,
      shortcut,
    }: Readonly<Record<'before' | 'width' | 'stride', number>> & {
      readonly shortcut: string;
    },
  ) {
    super();
    const after = width * expansion;
    const last = kernels.length - 1;
    this.#residual = kernels.flatMap((kernelSize, i) => {
      const [from, to] = [i === 0 ? before : width, i === last ? after : width];
      const [conv, norm] = convNorm(init, from, to, { kernelSize, stride: i === strided ? stride : 1 });
      this.child(`conv${i + 1}`, conv);
      this.child(`bn${i + 1}`, norm);
      return i === last ? [conv, norm] : [conv, norm, this.#relu];
    });
    if (stride !== 1 || before !== after) {
      const around = convNorm(init, before, after, { kernelSize: 1, stride });
      this.#shortcut = this.child(shortcut, new Sequential(...around));
    }
  }

  forward(x: Tensor): Tensor {
    const residual = forwardThrough(x, this.#residual);
    return this.#relu.forward(add(residual, this.#shortcut ? this.#shortcut.forward(x) : x));
  }
}

/** What ResNet-18 and ResNet-50 share (He et al., 2016, table 1). */
abstract class ResNet extends Module {
  /** The linear layer, which gives the logits. */
  readonly fc: Linear;
  readonly #features: readonly Module[];

  /** @param counts blocks of widths 64, 128, 256 and 512 */
  constructor(runtime: Runtime, plan: BlockPlan, counts: readonly number[], options: ResNetOptions) {
    super();
    checkOptions(new.target.name, options, optionNames);
    const { form = 'small', seed = 0 } = options;
    const { stem, shortcut, head, ...made } = forms[form];
    const { numClasses, inChannels } = { ...made, ...options };
    const init = new Init(runtime, seed);
    const features: Module[] = [
      this.child('conv1', conv(init, inChannels, 64, { kernelSize: stem, stride: stem === 7 ? 2 : 1 })),
      this.child('bn1', new BatchNorm2d(init, 64)),
      new ReLU(),
    ];
    if (stem === 7) features.push(this.child('maxpool', new MaxPool2d(3, { stride: 2, padding: 1 })));
    let before = 64;
    for (const [index, count] of counts.entries()) {
      const width = 64 * 2 ** index;
      const blocks = Array.from({ length: count }, (_, number) => {
        const stride = index > 0 && number === 0 ? 2 : 1;
        const block = new ResidualBlock(init, plan, { before, width, stride, shortcut });
        before = width * plan.expansion;
        return block;
      });
      features.push(this.child(`layer${index + 1}`, new Sequential(...blocks)));
    }
    this.#features = [...features, this.child('avgpool', new AdaptiveAvgPool2d(1))];
    this.fc = this.child(head, new Linear(init, before, numClasses));
    if (form === 'torchvision') kaimingNormal(this, init, 'fan_out');
  }

  /** The means of all channels, which the linear layer sees: [N,C,H,W] to [N,512], or [N,2048] of a ResNet-50. */
  embed(x: Tensor): Tensor {
    return flatten(forwardThrough(x, this.#features));
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.fc.forward(this.embed(x));
  }
}

/**
 * ResNet-18 (He et al., 2016): two blocks of two 3x3 convolutions at each of the widths 64, 128, 256, 512, batch norm,
 * a mean over all pixels, one linear layer: 11.2 million parameters. Of its three forms (see `ResNetOptions`) the
 * default is the one for small images, as it is used for CIFAR and by MedMNIST for 28x28. Parts have torchvision's
 * names (conv1, bn1, layer1.0.conv1, …, layer2.0.downsample.0, …, fc), or MedMNIST's. Built from public layers only.
 */
export class ResNet18 extends ResNet {
  constructor(runtime: Runtime, options: ResNetOptions = {}) {
    super(runtime, basic, [2, 2, 2, 2], options);
  }
}

/**
 * ResNet-50 (He et al., 2016): 3, 4, 6 and 3 blocks of a 1x1, a 3x3 and a 1x1 convolution, the last four times as wide:
 * 23.5 million parameters and 2,048 for each class. Forms and names are those of `ResNet18`.
 */
export class ResNet50 extends ResNet {
  constructor(runtime: Runtime, options: ResNetOptions = {}) {
    super(runtime, bottleneck, [3, 4, 6, 3], options);
  }
}
