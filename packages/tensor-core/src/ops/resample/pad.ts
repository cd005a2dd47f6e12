import { checkOptions, checkValue, list, number, type OptionTable, oneOf, whole } from '@glassbox/options';
import { type PadMode, padTaps } from '@glassbox/wgsl-kernels';
import { full } from '../../primitives/fill.ts';
import { requireElements, requireFloats, requireTensor } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';
import { where } from '../elementwise/where.ts';
import { resample } from './resample.ts';

/** With what `pad` fills. */
export interface PadOptions {
  /**
   * `constant` (the default) with a number, `reflect` with a mirror image that does not repeat the border, `replicate`
   * with the border, `circular` with the other end.
   */
  readonly mode?: PadMode;
  /** The number of `constant`. Default 0. */
  readonly value?: number;
}

const optionNames: OptionTable<PadOptions> = {
  mode: oneOf('constant', 'reflect', 'replicate', 'circular'),
  value: number,
};
const amounts = list(whole(Number.MIN_SAFE_INTEGER));

/**
 * More positions at both ends of the last dimensions, as torch.nn.functional.pad: `[left, right, top, bottom]` for
 * images. Negative numbers of `constant` cut off. Gradient: each position gets what it gave.
 *
 * @param padding two numbers for each dimension, from the last one on
 * @throws RangeError if nothing would remain, or if a mirror image needs more than there is.
 */
export function pad(x: Tensor, padding: readonly number[], options: PadOptions = {}): Tensor {
  requireTensor('pad', x);
  requireFloats('pad', [x]);
  requireElements('pad', x);
  checkValue('pad', 'padding', padding, amounts);
  checkOptions('pad', options, optionNames);
  const { mode = 'constant', value = 0 } = options;
  if (padding.length % 2 !== 0 || padding.length > 2 * x.shape.length) {
    throw new RangeError(
      `pad: [${padding}] does not fit [${x.shape}]; give two numbers for each of the last dimensions, the last first`,
    );
  }
  if (value !== 0) {
    if (mode !== 'constant') throw new RangeError(`pad: value is for mode 'constant', not '${mode}'`);
    return where(pad(full(x.runtime, x.shape, 1), padding), pad(x, padding), value);
  }
  let y = x;
  for (let k = 0; k < padding.length; k += 2) {
    const dim = x.shape.length - 1 - k / 2;
    const ends = [padding[k], padding[k + 1]] as const;
    requireRoom(x, dim, ends, mode);
    y = resample('pad', y, dim, padTaps(x.shape[dim], ends, mode));
  }
  return y;
}

function requireRoom(
  { shape }: Tensor,
  dim: number,
  [before, after]: readonly [number, number],
  mode: PadMode,
): void {
  const size = shape[dim];
  const most = {
    constant: Number.POSITIVE_INFINITY,
    replicate: Number.POSITIVE_INFINITY,
    reflect: size - 1,
    circular: size,
  };
  const least = mode === 'constant' ? -size : 0;
  const fits =
    [before, after].every((amount) => amount >= least && amount <= most[mode]) && size + before + after > 0;
  if (fits) return;
  throw new RangeError(
    `pad: [${before}, ${after}] of mode '${mode}' does not fit dimension ${dim} of [${shape}]` +
      (mode === 'constant' ? ', of which nothing would remain' : `; it takes 0 to ${most[mode]}`),
  );
}
