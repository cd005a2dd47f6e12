import type { Tensor } from '@glassbox/tensor-core/functions';
import type { Init } from '../random/init.ts';
import { GroupNorm, type GroupNormOptions } from './group-norm.ts';
import { requireChannels } from './shapes.ts';

/**
 * Instance normalisation (Ulyanov et al., 2016), as torch.nn.InstanceNorm2d without running statistics: each channel of
 * each image by its own mean and (biased) variance. It is group normalisation with as many groups as channels.
 */
export class InstanceNorm2d extends GroupNorm {
  /** @param options as of GroupNorm; `affine` is false unless given, as in PyTorch */
  constructor(init: Init, numFeatures: number, options: GroupNormOptions = {}) {
    super(init, numFeatures, numFeatures, { affine: false, ...options });
  }

  override forward(x: Tensor): Tensor {
    requireChannels('InstanceNorm2d', x, this.numChannels);
    return super.forward(x);
  }
}
