import { checkOptions, type OptionTable, share } from '@glassbox/options';
import {
  add,
  concat,
  expand,
  linear,
  permute,
  type Runtime,
  reshape,
  scaledDotProductAttention,
  select,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@glassbox/tensor-core/functions';
import { GELU } from '../layers/activations.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { LayerNorm } from '../layers/layer-norm.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import { Block } from '../module/block.ts';
import { count } from '../module/kinds.ts';
import type { LoadStateDictOptions } from '../module/load-state.ts';
import { Module } from '../module/module.ts';
import type { LoadReport, StateDict } from '../module/state-dict.ts';
import { Init } from '../random/init.ts';
import { NamedLayers, renamed } from './blocks.ts';
import { type NetOptions, netOptions } from './options.ts';

/** Sizes of a vision transformer, under torchvision's names. The defaults are ViT-Ti/16's (Touvron et al., 2021). */
export interface VisionTransformerOptions extends NetOptions {
  /** Height and width of the images in pixels: a multiple of `patchSize`. Default 224. */
  readonly imageSize?: number;
  /** Height and width of a patch in pixels. Default 16. */
  readonly patchSize?: number;
  /** Blocks of attention and two linear layers. Default 12. */
  readonly numLayers?: number;
  /** Heads of each attention. They divide `hiddenDim`. Default 3. */
  readonly numHeads?: number;
  /** Width of each patch's row. Default 192. */
  readonly hiddenDim?: number;
  /** Width between the two linear layers of a block. Default 768. */
  readonly mlpDim?: number;
  /** Share of values dropped in training mode, after the positions were added and after attention and linear layers. */
  readonly dropout?: number;
}

const optionNames: OptionTable<VisionTransformerOptions> = {
  ...netOptions,
  patchSize: count,
  numLayers: count,
  numHeads: count,
  hiddenDim: count,
  mlpDim: count,
  dropout: share,
};

/** As torch.nn.init.xavier_uniform_ (Glorot and Bengio, 2010). */
const xavierUniform = (init: Init, outputs: number, inputs: number) =>
  init.uniform(outputs * inputs, Math.sqrt(6 / (outputs + inputs)));

/** What the blocks of a transformer are made with. */
type Sizes = Readonly<
  Required<Pick<VisionTransformerOptions, 'numHeads' | 'hiddenDim' | 'mlpDim' | 'dropout'>>
>;

/** Attention of each row to all rows, with names and first weights of torch.nn.MultiheadAttention: [N,L,E] to same. */
class SelfAttention extends Module {
  readonly #weight: Tensor;
  readonly #bias: Tensor;
  readonly #out: Linear;
  readonly #heads: number;

  constructor(init: Init, { numHeads, hiddenDim: width }: Sizes) {
    super();
    const { runtime } = init;
    const weight = tensor(runtime, xavierUniform(init, 3 * width, width), [3 * width, width]);
    this.#weight = this.parameter('in_proj_weight', weight);
    this.#bias = this.parameter('in_proj_bias', zeros(runtime, [3 * width]));
    this.#out = this.child('out_proj', new Linear(init, width, width));
    this.#out.bias!.write(new Float32Array(width));
    this.#heads = numHeads;
  }

  forward(x: Tensor): Tensor {
    const [n, rows, width] = x.shape;
    const all = reshape(linear(x, this.#weight, this.#bias), [n, rows, 3, this.#heads, -1]);
    const byHead = permute(all, [2, 0, 3, 1, 4]);
    const [query, key, value] = [0, 1, 2].map((which) => select(byHead, 0, which));
    const seen = scaledDotProductAttention(query, key, value);
    return this.#out.forward(reshape(permute(seen, [0, 2, 1, 3]), [n, rows, width]));
  }
}

/** Attention, then two linear layers on each row; layer norm before each, the input added after: [N,L,E] to same. */
class EncoderBlock extends Block {
  readonly #attend: Module;
  readonly #norm1: LayerNorm;
  readonly #dropout: Dropout;
  readonly #norm2: LayerNorm;
  readonly #mlp: Sequential;

  constructor(init: Init, sizes: Sizes) {
    super();
    const { hiddenDim, mlpDim, dropout } = sizes;
    this.#norm1 = this.child('ln_1', new LayerNorm(init, hiddenDim, { eps: 1e-6 }));
    this.#attend = this.child('self_attention', new SelfAttention(init, sizes));
    this.#dropout = this.child('dropout', new Dropout(init, dropout));
    this.#norm2 = this.child('ln_2', new LayerNorm(init, hiddenDim, { eps: 1e-6 }));
    const linears = [new Linear(init, hiddenDim, mlpDim), new Linear(init, mlpDim, hiddenDim)];
    for (const { weight, bias, outFeatures, inFeatures } of linears) {
      weight.write(xavierUniform(init, outFeatures, inFeatures));
      bias!.write(init.normal(outFeatures, 1e-6));
    }
    const mlp = [linears[0], new GELU(), new Dropout(init, dropout), linears[1], new Dropout(init, dropout)];
    this.#mlp = this.child('mlp', new Sequential(...mlp));
  }

  forward(x: Tensor): Tensor {
    const seen = add(x, this.#dropout.forward(this.#attend.forward(this.#norm1.forward(x))));
    return add(seen, this.#mlp.forward(this.#norm2.forward(seen)));
  }
}

/** Learnt positions, the blocks, and a last layer norm: [N,L,E] to same. */
class Encoder extends Module {
  readonly #positions: Tensor;
  readonly #layers: readonly Module[];

  constructor(init: Init, rows: number, layers: number, sizes: Sizes) {
    super();
    const { hiddenDim, dropout } = sizes;
    const positions = tensor(init.runtime, init.normal(rows * hiddenDim, 0.02), [1, rows, hiddenDim]);
    this.#positions = this.parameter('pos_embedding', positions);
    const blocks = Array.from({ length: layers }, (_, index) => [
      `encoder_layer_${index}`,
      new EncoderBlock(init, sizes),
    ]);
    this.#layers = [
      this.child('dropout', new Dropout(init, dropout)),
      this.child('layers', new NamedLayers(Object.fromEntries(blocks))),
      this.child('ln', new LayerNorm(init, hiddenDim, { eps: 1e-6 })),
    ];
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y), add(x, this.#positions));
  }
}

/**
 * A vision transformer (Dosovitskiy et al., 2021), with the names, options and initial weights of
 * `torchvision.models.VisionTransformer`: patches of the image become rows, a learnt row before them gathers what is
 * seen, and a linear layer on it gives the logits. That layer's weights begin at 0. Without options: 3 channels, 1000
 * classes, and the sizes of ViT-Ti/16, 5.7 million parameters.
 */
export class VisionTransformer extends Module {
  /** The linear layer `heads.head`, which gives the logits. */
  readonly head: Linear;
  readonly #token: Tensor;
  readonly #patches: Conv2d;
  readonly #encoder: Encoder;
  readonly #heads: Module;
  readonly #imageSize: number;

  /** @throws RangeError if images cannot be cut into patches, or rows into heads. */
  constructor(runtime: Runtime, options: VisionTransformerOptions = {}) {
    super();
    checkOptions('VisionTransformer', options, optionNames);
    const { numClasses = 1000, inChannels = 3, imageSize = 224, seed = 0, patchSize = 16 } = options;
    const { numLayers = 12, numHeads = 3, hiddenDim = 192, mlpDim = 768, dropout = 0 } = options;
    if (imageSize % patchSize !== 0) {
      throw new RangeError(
        `VisionTransformer: images of ${imageSize} pixels cannot be cut into patches of ${patchSize}; ` +
          'imageSize must be a multiple of patchSize',
      );
    }
    if (hiddenDim % numHeads !== 0) {
      throw new RangeError(
        `VisionTransformer: rows of ${hiddenDim} numbers cannot be split into ${numHeads} equal heads; ` +
          'numHeads must divide hiddenDim',
      );
    }
    const init = new Init(runtime, seed);
    this.#imageSize = imageSize;
    this.#token = this.parameter('class_token', zeros(runtime, [1, 1, hiddenDim]));
    const size = { kernelSize: patchSize, stride: patchSize };
    this.#patches = this.child('conv_proj', new Conv2d(init, inChannels, hiddenDim, size));
    const { weight, bias } = this.#patches;
    weight.write(init.normal(weight.size, Math.sqrt(1 / (inChannels * patchSize ** 2)), 2));
    bias!.write(new Float32Array(hiddenDim));
    const rows = (imageSize / patchSize) ** 2 + 1;
    const encoder = new Encoder(init, rows, numLayers, { numHeads, hiddenDim, mlpDim, dropout });
    this.#encoder = this.child('encoder', encoder);
    this.head = new Linear(init, hiddenDim, numClasses);
    this.head.weight.write(new Float32Array(this.head.weight.size));
    this.head.bias!.write(new Float32Array(numClasses));
    this.#heads = this.child('heads', new NamedLayers({ head: this.head }));
  }

  /** What the linear layer sees, the first row after all blocks: [N,C,H,W] to [N,hiddenDim]. */
  embed(x: Tensor): Tensor {
    const side = this.#imageSize;
    if (x.shape.length !== 4 || x.shape[2] !== side || x.shape[3] !== side) {
      const { inChannels } = this.#patches;
      throw new RangeError(
        `VisionTransformer: expected images [N,${inChannels},${side},${side}] but got [${x.shape}]; ` +
          'build the net with their imageSize',
      );
    }
    const patches = this.#patches.forward(x);
    const [n, width] = patches.shape;
    const rows = transpose(reshape(patches, [n, width, -1]), 1, 2);
    const token = expand(this.#token, [n, 1, width]);
    return select(this.#encoder.forward(concat([token, rows], 1)), 1, 0);
  }

  /** Computes logits: [N,C,H,W] to [N,numClasses]. */
  forward(x: Tensor): Tensor {
    return this.#heads.forward(this.embed(x));
  }

  /** As `Module.loadStateDict`. The names of torchvision's published files (`mlp.linear_1`) are taken, too. */
  override loadStateDict(state: StateDict, options?: LoadStateDictOptions): LoadReport {
    const first = renamed(state, /\.mlp\.linear_1\./, '.mlp.0.');
    return super.loadStateDict(renamed(first, /\.mlp\.linear_2\./, '.mlp.3.'), options);
  }
}
