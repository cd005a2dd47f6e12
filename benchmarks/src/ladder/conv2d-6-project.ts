/**
 * Version 6: the kernel that this project uses (`packages/wgsl-kernels/src/conv2d`): version 5 for any shape, with
 * the walk over pixels taken apart (edges once a line, not once a tap), a tile for each shape, bias and ReLU. On CPUs
 * its pixels are one position in several images, so that taps in the padding are left out.
 */
import { type Conv2dSpec, conv2dForward } from '@glassbox/wgsl-kernels';
import { channelsLast } from './conv2d-constants.ts';
import type { LadderVersion } from './version.ts';

export const conv2dProject: LadderVersion<Conv2dSpec> = {
  name: "6 the project's",
  adds: 'a tile chosen by measurement, cheaper coordinates, on CPUs over images; any shape',
  layouts: channelsLast,
  kernel: (spec, machine) => conv2dForward(spec, {}, machine).kernels[0],
};
