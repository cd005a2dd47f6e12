import { atLeast0, checkOptions, checkValue, flag, type OptionTable, oneOrMore } from '@glassbox/options';
import { layerNorm, type Tensor, tensor, zeros } from '@glassbox/tensor-core/functions';
import { anInit, count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { requireInput } from './shapes.ts';

/** Numbers of layer normalisation, under PyTorch's names. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Scale and shift each element by learnt numbers, at first 1 and 0. Default true. */
  readonly elementwiseAffine?: boolean;
  /** Shift, too. Default true. */
  readonly bias?: boolean;
}

const optionNames: OptionTable<LayerNormOptions> = { eps: atLeast0, elementwiseAffine: flag, bias: flag };
const shapes = oneOrMore(count);

/**
 * Layer normalisation (Ba et al., 2016), as torch.nn.LayerNorm: y = (x - mean) / √(variance + eps) · weight + bias,
 * mean and (biased) variance over the last dimensions.
 */
export class LayerNorm extends Module {
  /** Sizes of the last dimensions, over which is normalised. */
  readonly normalizedShape: readonly number[];
  /** Added to the variance. */
  readonly eps: number;
  /** Scale of the normalised shape; null without. */
  readonly weight: Tensor | null;
  /** Shift of the normalised shape; null without. */
  readonly bias: Tensor | null;

  /** @param normalizedShape sizes of the last dimensions; one number for the last alone */
  constructor(init: Init, normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    super();
    checkValue('LayerNorm', 'the first argument', init, anInit);
    checkValue('LayerNorm', 'normalizedShape', normalizedShape, shapes);
    checkOptions('LayerNorm', options, optionNames);
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    const shape = [normalizedShape].flat();
    const ones = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1);
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? this.parameter('weight', tensor(init.runtime, ones, shape)) : null;
    this.bias = elementwiseAffine && bias ? this.parameter('bias', zeros(init.runtime, shape)) : null;
  }

  override extraRepr(): string {
    const { normalizedShape, eps, weight } = this;
    return members({ normalizedShape, eps, elementwiseAffine: weight !== null });
  }

  /**
   * @param x […, ...normalizedShape]
   * @returns the same shape
   * @throws RangeError if the last dimensions are others.
   */
  forward(x: Tensor): Tensor {
    requireInput('LayerNorm', x);
    const { normalizedShape, eps, weight, bias } = this;
    const { length } = normalizedShape;
    if (x.shape.length < length || String(x.shape.slice(-length)) !== String(normalizedShape)) {
      throw new RangeError(`LayerNorm: expected input […,${normalizedShape}] but got [${x.shape}]`);
    }
    return layerNorm(x, normalizedShape, { weight, bias, eps });
  }
}
