/**
 * Version 6: the kernel that this project uses (`packages/wgsl-kernels/src/matmul`): version 4 for any size, any
 * transposition and a bias, with a tile chosen by measurement; on CPUs a large B is packed first.
 */
import { matmul } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

export const matmulProject: LadderVersion<MatmulSize> = {
  name: "6 the project's",
  adds: 'a tile chosen by measurement, on CPUs a large B packed; any size',
  layouts: matmulLayouts,
  kernel: (size, machine) => matmul(size, machine),
};
