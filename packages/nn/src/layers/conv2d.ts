import { conv2d, conv2dBatchNorm, type Tensor, tensor } from '@glassbox/tensor-core';
import { filterLayout } from '@glassbox/wgsl-kernels';
import { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';
import type { BatchNorm, BatchNormFollowers } from './batch-norm.ts';
import { type Pair, pair, requireChannels } from './shapes.ts';

export interface Conv2dLayerOptions {
  /** Filter height and width, R and S. */
  readonly kernelSize: Pair;
  readonly stride?: Pair;
  /** Rows and columns of zeros on each side. */
  readonly padding?: Pair;
  readonly bias?: boolean;
}

/** What may follow a convolution at once: the same as to call these layers one after the other, with the same bits. */
export interface Conv2dFollowers {
  /** A ReLU. */
  readonly relu?: boolean;
  /** Then a batch norm, and what follows that. */
  readonly batchNorm?: BatchNormFollowers & { readonly layer: BatchNorm };
}

/** Convolution with learnt filters: [N,inChannels,H,W] to [N,outChannels,P,Q]. */
export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Filters [outChannels, inChannels, R, S]. */
  readonly weight: Tensor;
  /** [outChannels], or null. */
  readonly bias: Tensor | null;
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];

  constructor(init: Init, inChannels: number, outChannels: number, options: Conv2dLayerOptions) {
    super();
    const [r, s] = pair(options.kernelSize);
    const shape = [outChannels, inChannels, r, s];
    const fanIn = inChannels * r * s;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.stride = pair(options.stride ?? 1);
    this.padding = pair(options.padding ?? 0);
    const weight = init.kaimingUniform(outChannels * fanIn, fanIn);
    this.weight = this.parameter(
      'weight',
      tensor(init.runtime, weight, shape, { layout: filterLayout(shape) }),
    );
    this.bias =
      options.bias === false
        ? null
        : this.parameter(
            'bias',
            tensor(init.runtime, init.kaimingUniform(outChannels, fanIn), [outChannels]),
          );
  }

  /**
   * @param options what follows, done in as few passes over memory as there are kernels for: a ReLU, then batch norm.
   * @throws RangeError if batch norm has another number of channels.
   */
  forward(x: Tensor, { relu = false, batchNorm }: Conv2dFollowers = {}): Tensor {
    requireChannels('Conv2d', x, this.inChannels);
    const options = { stride: this.stride, padding: this.padding, relu };
    if (!batchNorm) return conv2d(x, this.weight, this.bias, options);
    const { layer, ...behind } = batchNorm;
    if (layer.channels !== this.outChannels) {
      throw new RangeError(
        `Conv2d: batch norm of ${layer.channels} channels cannot follow ${this.outChannels} output channels`,
      );
    }
    return conv2dBatchNorm(x, this.weight, this.bias, options, { ...layer.nextBatch(x.runtime), ...behind });
  }
}
