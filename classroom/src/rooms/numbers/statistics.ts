/**
 * The statistics of batch norm as two tensors, `mean` and `deviation` (one by the deviation). The kernel keeps both in
 * one buffer, `statistics`: the means of all channels, padded to whole vectors, and then the others.
 */
import type { Place } from '../../model/index.ts';

export const statisticNames = ['mean', 'deviation'] as const;

const partOf = (what: string) => (statisticNames as readonly string[]).indexOf(what);

export const isStatistic = (what: string): boolean => partOf(what) >= 0;

/** @param half length of a half of the buffer. */
export function inBuffer({ layer, what, index }: Place, half: number): Place {
  return { layer, what: 'statistics', index: [partOf(what) * half + index[0]] };
}

/** @param half length of a half of the buffer. */
export function inTensor({ layer, index: [at] }: Place, half: number): Place {
  return { layer, what: statisticNames[Math.floor(at / half)], index: [at % half] };
}

/** The values of `mean` or `deviation`. */
export function valuesOf(what: string, buffer: Float32Array | Uint32Array, channels: number) {
  const first = (partOf(what) * buffer.length) / 2;
  return buffer.subarray(first, first + channels);
}
