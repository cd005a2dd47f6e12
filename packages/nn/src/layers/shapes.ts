import { show } from '@glassbox/options';
import { Tensor } from '@glassbox/tensor-core/functions';

/** One number for height and width, or one for each. */
export type Pair = number | readonly [height: number, width: number];

export function pair(value: Pair): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** @throws TypeError if what a layer got is no tensor. */
export function requireInput(layer: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  const isBatch = typeof x === 'object' && x !== null && 'images' in x;
  const advice = isBatch
    ? '; give its images: net.forward(batch.images)'
    : x instanceof Promise
      ? '; await it, or make forward synchronous'
      : x === undefined
        ? '; does the forward before it return something?'
        : '';
  throw new TypeError(`${layer}: the input must be a tensor, not ${show(x)}${advice}`);
}

/** @throws RangeError if a convolution's channels cannot be split into so many equal groups. */
export function requireGroups(layer: string, inChannels: number, outChannels: number, groups: number): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new RangeError(
    `${layer}: ${inChannels} input and ${outChannels} output channels cannot be split into ${groups} equal groups; ` +
      'groups must divide both',
  );
}

/** @throws RangeError if `x` is not [N,channels,H,W]. */
export function requireChannels(layer: string, x: Tensor, channels: number): void {
  requireInput(layer, x);
  const { shape } = x;
  if (shape.length === 4 && shape[1] === channels) return;
  const advice =
    shape.length === 4
      ? shape[3] === channels
        ? 'the channels seem to come last: x.permute(0, 3, 1, 2) puts them in their place'
        : `build the layer with ${shape[1]} input channels or convert the images`
      : shape.length === 3 && shape[0] === channels
        ? `a batch of one image is x.reshape(1, ${shape.join(', ')})`
        : '';
  throw new RangeError(
    `${layer}: expected input [N,${channels},H,W] but got [${shape}]${advice && `; ${advice}`}`,
  );
}
