/**
 * Every kernel that `npm run explain` and `npm run bench -- kernel` know, with the shapes it has in the practical's net
 * (batch 64) unless others are asked for, the buffers that it works on, and its float64 twin.
 */
import { augmentation } from './kernels/augment.ts';
import { norms } from './kernels/batch-norm.ts';
import { convolutions } from './kernels/convolution.ts';
import { copies } from './kernels/copy.ts';
import { data } from './kernels/data.ts';
import { binaries, choices, unaries } from './kernels/elementwise.ts';
import type { KernelEntry } from './kernels/entry.ts';
import { gridSamples } from './kernels/grid-sample.ts';
import { indexing } from './kernels/indexing.ts';
import { losses } from './kernels/losses.ts';
import { matrixProducts } from './kernels/matmul.ts';
import { normalisation } from './kernels/normalisation.ts';
import { optimizers } from './kernels/optimizer.ts';
import { pools } from './kernels/pooling.ts';
import { randomNumbers } from './kernels/random.ts';
import { reductions } from './kernels/reduction.ts';
import { resampling } from './kernels/resample.ts';

export { wordsOf } from './buffers.ts';
export { contentsOf, valuesOf, wordsAs } from './contents.ts';
export type { Choices, Example, Expected, KernelEntry } from './kernels/entry.ts';

/** Kernels by name. */
export const kernelEntries: Readonly<Record<string, KernelEntry>> = {
  ...convolutions,
  ...matrixProducts,
  ...norms,
  ...normalisation,
  ...pools,
  ...unaries(),
  ...binaries(),
  ...choices,
  ...randomNumbers,
  ...reductions,
  ...resampling,
  ...gridSamples,
  ...indexing,
  ...losses,
  ...copies,
  ...data,
  ...augmentation,
  ...optimizers,
};
