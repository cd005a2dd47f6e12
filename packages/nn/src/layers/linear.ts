import { linear, type Tensor, tensor } from '@glassbox/tensor-core';
import { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';

/** y = x weightᵀ + bias: [N,inFeatures] to [N,outFeatures]. */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** [outFeatures, inFeatures]. */
  readonly weight: Tensor;
  /** [outFeatures], or null. */
  readonly bias: Tensor | null;

  constructor(
    init: Init,
    inFeatures: number,
    outFeatures: number,
    options: { readonly bias?: boolean } = {},
  ) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const weight = init.kaimingUniform(outFeatures * inFeatures, inFeatures);
    this.weight = this.parameter('weight', tensor(init.runtime, weight, [outFeatures, inFeatures]));
    this.bias =
      options.bias === false
        ? null
        : this.parameter(
            'bias',
            tensor(init.runtime, init.kaimingUniform(outFeatures, inFeatures), [outFeatures]),
          );
  }

  /** @param options.relu follow with a ReLU in the same kernel: the same as `relu(layer.forward(x))`, one pass less. */
  forward(x: Tensor, { relu = false }: { readonly relu?: boolean } = {}): Tensor {
    if (x.shape.length !== 2 || x.shape[1] !== this.inFeatures) {
      throw new RangeError(
        `Linear: expected input [N,${this.inFeatures}] but got [${x.shape}]${
          x.shape.length > 2 ? '; flatten the images first' : `; build the layer with ${x.shape[1]} inputs`
        }`,
      );
    }
    return linear(x, this.weight, this.bias, { relu });
  }
}
