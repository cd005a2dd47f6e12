import { checkOptions, checkValue, flag, type OptionTable } from '@glassbox/options';
import { linear, type Tensor, tensor } from '@glassbox/tensor-core';
import { anInit, aTensor, count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';
import type { ReluFollower } from './shapes.ts';

export interface LinearLayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

const optionNames: OptionTable<LinearLayerOptions> = { bias: flag };
const followerNames: OptionTable<ReluFollower> = { relu: flag };

/** y = x weightᵀ + bias: [N,inFeatures] to [N,outFeatures]. */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** [outFeatures, inFeatures]. */
  readonly weight: Tensor;
  /** [outFeatures], or null. */
  readonly bias: Tensor | null;

  constructor(init: Init, inFeatures: number, outFeatures: number, options: LinearLayerOptions = {}) {
    super();
    checkValue('Linear', 'the first argument', init, anInit);
    checkValue('Linear', 'inFeatures', inFeatures, count);
    checkValue('Linear', 'outFeatures', outFeatures, count);
    checkOptions('Linear', options, optionNames);
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

  /** @param followers what follows in the same kernel: the same as to call it afterwards, one pass less. */
  forward(x: Tensor, followers: ReluFollower = {}): Tensor {
    checkOptions('Linear.forward', followers, followerNames);
    checkValue('Linear', 'the input', x, aTensor);
    const { relu = false } = followers;
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
