import { conv2d, type Tensor, tensor } from '@glassbox/tensor-core';
import { filterLayout } from '@glassbox/wgsl-kernels';
import { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';
import { type Pair, pair, requireChannels } from './shapes.ts';

export interface Conv2dLayerOptions {
  /** Filter height and width, R and S. */
  readonly kernelSize: Pair;
  readonly stride?: Pair;
  /** Rows and columns of zeros on each side. */
  readonly padding?: Pair;
  readonly bias?: boolean;
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

  /** @param options.relu follow with a ReLU in the same kernel: the same as `relu(layer.forward(x))`, one pass less. */
  forward(x: Tensor, { relu = false }: { readonly relu?: boolean } = {}): Tensor {
    requireChannels('Conv2d', x, this.inChannels);
    return conv2d(x, this.weight, this.bias, { stride: this.stride, padding: this.padding, relu });
  }
}
