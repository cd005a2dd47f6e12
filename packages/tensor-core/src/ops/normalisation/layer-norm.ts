import {
  atLeast0,
  checkOptions,
  checkValue,
  type OptionTable,
  oneOrMore,
  orNull,
  whole,
} from '@glassbox/options';
import {
  elementCount,
  type LayerNormSpec,
  layerNormForward,
  layerNormGradient,
  layerNormStatisticsLayout,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous, reshape } from '../copy/layout.ts';
import { aTensor } from '../kinds.ts';

/** Scale and shift of layer normalisation. */
export interface LayerNormOptions {
  /** Scale of each number of a row, of the normalised shape. Default: none. */
  readonly weight?: Tensor | null;
  /** Shift of each number of a row, of the normalised shape. Default: none. */
  readonly bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const optionNames: OptionTable<LayerNormOptions> = {
  weight: orNull(aTensor),
  bias: orNull(aTensor),
  eps: atLeast0,
};
const shapes = oneOrMore(whole(1));

/**
 * y = (x - mean) / √(variance + eps) · weight + bias, mean and (biased) variance over the last dimensions, as
 * torch.nn.functional.layer_norm.
 *
 * @param x […, ...normalizedShape]
 * @param normalizedShape sizes of the last dimensions; one number for the last alone
 * @returns the same shape, row-major
 * @throws RangeError if the last dimensions, weight or bias have another shape.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: LayerNormOptions = {},
): Tensor {
  checkOptions('layerNorm', options, optionNames);
  checkValue('layerNorm', 'normalizedShape', normalizedShape, shapes);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  requireFloats('layerNorm', [x, weight, bias]);
  const size = [normalizedShape].flat();
  if (x.size === 0 || size.length === 0 || String(x.shape.slice(-size.length)) !== String(size)) {
    throw new RangeError(`layerNorm: expected input […,${size}] but got [${x.shape}]`);
  }
  for (const [name, given] of Object.entries({ weight, bias })) {
    if (given && String(given.shape) !== String(size)) {
      throw new RangeError(`layerNorm: ${name} is [${given.shape}], but the normalised shape is [${size}]`);
    }
  }
  const whole = size.length > 1 && size.at(-1)! % 4 !== 0;
  if (whole) {
    // Padding would lie between the numbers of a row.
    const count = elementCount(size);
    const row = (given: Tensor | null) => given && reshape(given, [count]);
    const y = rowNorm(reshape(x, [-1, count]), row(weight), row(bias), 1, eps);
    return reshape(y, x.shape);
  }
  return rowNorm(contiguous(x), weight && contiguous(weight), bias && contiguous(bias), size.length, eps);
}

function rowNorm(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  dimensions: number,
  eps: number,
): Tensor {
  const { runtime, layout } = x;
  const spec: LayerNormSpec = { x: layout, dimensions, eps, weight: weight !== null, bias: bias !== null };
  const y = empty(runtime, layout);
  const statistics = empty(runtime, layerNormStatisticsLayout(spec));
  launch(layerNormForward, [spec], { x, weight, bias, statistics, y });
  const inputs = [x, weight, bias].filter((input) => input !== null);
  return differentiable('layerNorm', y, inputs, (dy) => {
    const dx = empty(runtime, layout);
    const [dWeight, dBias] = [weight, bias].map((one) => one && empty(runtime, one.layout));
    launch(layerNormGradient, [spec], { dy, x, statistics, weight, dx, dWeight, dBias });
    return [dx, dWeight, dBias].filter((gradient) => gradient !== null);
  });
}
