import { checkValue } from '@glassbox/options';
import type { Tensor } from '@glassbox/tensor-core';
import { aTensor } from '../module/kinds.ts';

/** One number for height and width, or one for each. */
export type Pair = number | readonly [height: number, width: number];

export function pair(value: Pair): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** @throws RangeError if `x` is not [N,channels,H,W]. */
export function requireChannels(layer: string, x: Tensor, channels: number): void {
  checkValue(layer, 'the input', x, aTensor);
  const { shape } = x;
  if (shape.length === 4 && shape[1] === channels) return;
  throw new RangeError(
    `${layer}: expected input [N,${channels},H,W] but got [${shape}]${
      shape.length === 4 ? `; build the layer with ${shape[1]} input channels or convert the images` : ''
    }`,
  );
}
