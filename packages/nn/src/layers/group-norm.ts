import { atLeast0, checkOptions, checkValue, flag, type OptionTable } from '@glassbox/options';
import { groupNorm, type Tensor, tensor, zeros } from '@glassbox/tensor-core/functions';
import { anInit, count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { requireInput } from './shapes.ts';

/** Numbers of group normalisation, under PyTorch's names. */
export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Scale and shift each channel by learnt numbers, at first 1 and 0. Default true. */
  readonly affine?: boolean;
}

const optionNames: OptionTable<GroupNormOptions> = { eps: atLeast0, affine: flag };

/**
 * Group normalisation (Wu and He, 2018), as torch.nn.GroupNorm: y = (x - mean) / √(variance + eps) · weight + bias.
 * Mean and (biased) variance are those of a group of channels in one image. The batch plays no part, so that training
 * and evaluation mode do the same. One group is layer normalisation over channels and pixels; as many groups as
 * channels are instance normalisation.
 */
export class GroupNorm extends Module {
  /** Number of groups that the channels are split into. */
  readonly numGroups: number;
  /** Number of channels, C. */
  readonly numChannels: number;
  /** Added to the variance. */
  readonly eps: number;
  /** True if each channel has a learnt scale and shift. */
  readonly affine: boolean;
  /** Scale [C]; null unless `affine`. */
  readonly weight: Tensor | null;
  /** Shift [C]; null unless `affine`. */
  readonly bias: Tensor | null;

  /** @throws RangeError if the channels cannot be split into so many equal groups. */
  constructor(init: Init, numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    checkValue('GroupNorm', 'the first argument', init, anInit);
    checkValue('GroupNorm', 'numGroups', numGroups, count);
    checkValue('GroupNorm', 'numChannels', numChannels, count);
    checkOptions(new.target.name, options, optionNames);
    if (numChannels % numGroups !== 0) {
      throw new RangeError(
        `GroupNorm: ${numChannels} channels cannot be split into ${numGroups} equal groups; ` +
          'numChannels must be divisible by numGroups',
      );
    }
    const { eps = 1e-5, affine = true } = options;
    const { runtime } = init;
    const ones = new Float32Array(numChannels).fill(1);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? this.parameter('weight', tensor(runtime, ones, [numChannels])) : null;
    this.bias = affine ? this.parameter('bias', zeros(runtime, [numChannels])) : null;
  }

  override extraRepr(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return members(numGroups, numChannels, { eps, affine });
  }

  /**
   * @param x [N,C,…]: images, rows, or any number of dimensions after the channels
   * @returns the same shape
   * @throws RangeError for another number of channels, or (as PyTorch) if there is one value for each group in all.
   */
  forward(x: Tensor): Tensor {
    requireInput('GroupNorm', x);
    const { numGroups, numChannels, eps, weight, bias } = this;
    if (x.shape.length < 2 || x.shape[1] !== numChannels) {
      throw new RangeError(`GroupNorm: expected input [N,${numChannels},…] but got [${x.shape}]`);
    }
    return groupNorm(x, numGroups, { weight, bias, eps });
  }
}
