import type { PerChannel } from '../gather/values.ts';
import { imageLayout, isPlanar, type Layout, sameLayout } from '../layout.ts';

export function ofChannel(values: PerChannel, channel: number): number {
  return typeof values === 'number' ? values : values[channel];
}

/** @throws RangeError unless images lie as `imageLayout` lays them, and lists have a number for each channel. */
export function checkImages(op: string, layout: Layout, ...lists: readonly PerChannel[]): void {
  if (layout.shape.length !== 4 || !sameLayout(layout, imageLayout(layout.shape))) {
    throw new RangeError(
      `${op}: expected images in imageLayout, but got [${layout.shape}] in order [${layout.order}]`,
    );
  }
  for (const values of lists) {
    if (typeof values !== 'number' && values.length !== layout.shape[1]) {
      throw new RangeError(
        `${op}: ${values.length} numbers for ${layout.shape[1]} channels; give one for each, or one for all`,
      );
    }
  }
}

/**
 * WGSL: the numbers of the four values of a vec4, where `d1` is its channel (or the first of its four channels).
 * Lanes that are padding get the last channel's.
 */
export function channelText({ shape }: Layout, values: PerChannel): string {
  const [, c] = shape;
  const numbers = Array.from({ length: c }, (_, k) => ofChannel(values, k));
  if (numbers.every((value) => value === numbers[0])) return `vec4<f32>(${numbers[0]})`;
  const width = isPlanar(c) ? 1 : 4;
  const groups = Array.from({ length: Math.ceil(c / width) }, (_, g) => {
    const lanes = [0, 1, 2, 3].map((lane) => numbers[Math.min(g * width + (width === 1 ? 0 : lane), c - 1)]);
    return `vec4<f32>(${lanes.join(', ')})`;
  });
  return groups.reduce((before, group, g) => `select(${before}, ${group}, d1 == ${g * width}u)`);
}
