import { atLeast0, checkOptions, checkValue, type OptionTable, orNull, whole } from '@glassbox/options';
import {
  type GroupNormSpec,
  groupNormForward,
  groupNormGradient,
  groupNormStatisticsLayout,
  imageLayout,
  isPlanar,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { reshape, toLayout } from '../copy/layout.ts';
import { add, mul } from '../elementwise/binary.ts';
import { aTensor } from '../kinds.ts';
import { layerNorm } from './layer-norm.ts';

/** Scale and shift of group normalisation. */
export interface GroupNormOptions {
  /** Scale of each channel, [C]. Default: none. */
  readonly weight?: Tensor | null;
  /** Shift of each channel, [C]. Default: none. */
  readonly bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const optionNames: OptionTable<GroupNormOptions> = {
  weight: orNull(aTensor),
  bias: orNull(aTensor),
  eps: atLeast0,
};
const count = whole(1);

/**
 * y = (x - mean) / √(variance + eps) · weight + bias, mean and (biased) variance over a group of neighbouring channels
 * in one image, as torch.nn.functional.group_norm. As many groups as channels are instance normalisation.
 *
 * @param x [N,C,…]: images, rows, or any number of dimensions after the channels
 * @returns the same shape
 * @throws RangeError if the channels cannot be split into so many groups, weight or bias are not [C], or (as PyTorch)
 * if there is one value for each group in all.
 */
export function groupNorm(x: Tensor, numGroups: number, options: GroupNormOptions = {}): Tensor {
  checkOptions('groupNorm', options, optionNames);
  checkValue('groupNorm', 'numGroups', numGroups, count);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  requireFloats('groupNorm', [x, weight, bias]);
  requireGroups(x, numGroups, { weight, bias });
  const [batch, channels] = x.shape;
  if (x.shape.length === 4 && !isPlanar(channels)) {
    return imageNorm(toLayout(x, imageLayout(x.shape)), weight, bias, numGroups, eps);
  }
  const rows = reshape(x, [batch * numGroups, x.size / (batch * numGroups)]);
  const y = reshape(layerNorm(rows, rows.shape[1], { eps }), x.shape, x.layout);
  const perChannel = [channels, ...x.shape.slice(2).map(() => 1)];
  const scaled = weight ? mul(y, reshape(weight, perChannel)) : y;
  return bias ? add(scaled, reshape(bias, perChannel)) : scaled;
}

function requireGroups(
  x: Tensor,
  numGroups: number,
  parameters: Readonly<Record<string, Tensor | null>>,
): void {
  const channels = x.shape[1];
  if (x.shape.length < 2 || x.size === 0) {
    throw new RangeError(`groupNorm: expected input [N,C,…] but got [${x.shape}]`);
  }
  if (channels % numGroups !== 0) {
    throw new RangeError(
      `groupNorm: the ${channels} channels of [${x.shape}] cannot be split into ${numGroups} equal groups`,
    );
  }
  if (x.size === numGroups) {
    throw new RangeError(
      `groupNorm: [${x.shape}] in ${numGroups} groups has a single value for each, which would all become 0; ` +
        'use fewer groups',
    );
  }
  for (const [name, given] of Object.entries(parameters)) {
    if (given && String(given.shape) !== String([channels])) {
      throw new RangeError(
        `groupNorm: ${name} is [${given.shape}], but the input [${x.shape}] has ${channels} channels`,
      );
    }
  }
}

function imageNorm(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  groups: number,
  eps: number,
): Tensor {
  const { runtime, layout } = x;
  const spec: GroupNormSpec = { x: layout, groups, eps, weight: weight !== null, bias: bias !== null };
  const y = empty(runtime, layout);
  const statistics = empty(runtime, groupNormStatisticsLayout(layout));
  launch(groupNormForward, [spec], { x, weight, bias, statistics, y });
  const inputs = [x, weight, bias].filter((input) => input !== null);
  return differentiable('groupNorm', y, inputs, (dy) => {
    const dx = empty(runtime, layout);
    const [dWeight, dBias] = [weight, bias].map((one) => one && empty(runtime, one.layout));
    launch(groupNormGradient, [spec], { dy, x, statistics, weight, dx, dWeight, dBias });
    return [dx, dWeight, dBias].filter((gradient) => gradient !== null);
  });
}
