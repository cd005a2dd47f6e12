/**
 * Version 6: the kernel that this project uses (`packages/wgsl-kernels/src/matmul`): version 4 for any size, any
 * transposition and a bias, with a tile chosen by measurement.
 */
import { matmul } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

export const matmulProject: LadderVersion<MatmulSize> = {
  name: "6 the project's",
  adds: 'a tile chosen by measurement; any size',
  layouts: matmulLayouts,
  kernel: (size, tuning) => {
    const { kernels } = matmul(size, tuning);
    if (kernels.length !== 1) {
      throw new RangeError(
        `ladder: ${size.m}x${size.k}x${size.n} is computed by ${kernels.length} kernels; use a larger matrix`,
      );
    }
    return kernels[0];
  },
};
