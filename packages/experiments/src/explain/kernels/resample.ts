/** A dimension of images in another size. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, one, tensorLayout } from './entry.ts';

export const resampling: Record<string, KernelEntry> = {
  resample: {
    group: 'resampling',
    dimensions: 'N,C,H,W',
    shape: [batch, 16, 14, 14],
    build: (shape, _, machine) => {
      const [n, c, h, w] = shape;
      const { starts, indices, weights, to } = k.linearTaps(h, { to: 2 * h }, false);
      const [x, y] = [tensorLayout(shape), tensorLayout([n, c, to, w])];
      const given = (data: ArrayLike<number>, about: string) => ({
        words: data.length,
        data: Array.from(data),
        about,
      });
      return one(k.resample(x, y, { dimension: 2, taps: indices.length }, machine), {
        x,
        y,
        starts: given(starts, 'where the taps of each row begin'),
        indices: given(indices, 'row of x for each tap'),
        weights: given(weights, 'weight of each tap'),
      });
    },
  },
};
