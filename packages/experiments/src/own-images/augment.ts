/** The augmentations that `npm run train` offers, as words. */
import { brief, UsageError } from '@glassbox/host/command-line';
import {
  ColorJitter,
  GaussianNoise,
  Init,
  type Module,
  type NormalizedOptions,
  RandomAffine,
  RandomErasing,
  RandomGamma,
  RandomHorizontalFlip,
  RandomVerticalFlip,
  Sequential,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** What each does, for `--help`. Amounts are those that an X-ray or a microscope's picture bears without harm. */
export const augmentations = {
  flip: 'half of the images are mirrored left to right (moves the heart to the other side)',
  vflip: 'half of them are mirrored top to bottom (for microscopes and skin, not for X-rays)',
  shift: 'by up to 5 % of the width and height',
  rotate: 'by up to 10 degrees in both directions',
  zoom: 'by a factor of 0.9 to 1.1',
  shear: 'slanted by up to 5 degrees',
  brightness: 'times 0.8 to 1.2',
  contrast: 'times 0.8 to 1.2, around the mean of the image',
  gamma: 'values to the power of 0.8 to 1.25',
  noise: 'normally distributed, standard deviation 0.02 of white',
  erase: 'a box of 2 to 20 % of the area is black in a quarter of the images',
} as const;

export type Augmentation = keyof typeof augmentations;

export const augmentationNames = Object.keys(augmentations) as Augmentation[];

/** @throws UsageError that names what there is. */
export function parseAugmentations(value: string): readonly Augmentation[] {
  if (value === 'none') return [];
  const words = value.split(',');
  const unknown = words.find((word) => !Object.hasOwn(augmentations, word));
  if (unknown !== undefined) {
    throw new UsageError(
      `--augment ${brief(unknown)}: expected none, or words with commas between them: ${augmentationNames.join(', ')}`,
    );
  }
  return augmentationNames.filter((name) => words.includes(name));
}

/**
 * The transform of training batches; undefined without augmentations. What moves pixels is one step, so that images are
 * interpolated once.
 */
export function augmentationOf(
  runtime: Runtime,
  names: readonly Augmentation[],
  seed: number,
  normalization: NormalizedOptions,
): Module | undefined {
  if (names.length === 0) return undefined;
  // The nets' own streams are of the seed itself, which is below 2^32.
  const init = new Init(runtime, seed + 2 ** 32);
  const has = (name: Augmentation) => names.includes(name);
  const parts: Module[] = [];
  if (has('flip')) parts.push(new RandomHorizontalFlip(init));
  if (has('vflip')) parts.push(new RandomVerticalFlip(init));
  if (has('shift') || has('rotate') || has('zoom') || has('shear')) {
    parts.push(
      new RandomAffine(init, {
        degrees: has('rotate') ? 10 : 0,
        ...(has('shift') ? { translate: [0.05, 0.05] } : {}),
        ...(has('zoom') ? { scale: [0.9, 1.1] } : {}),
        ...(has('shear') ? { shear: 5 } : {}),
        interpolation: 'bilinear',
        ...normalization,
      }),
    );
  }
  if (has('brightness') || has('contrast')) {
    parts.push(
      new ColorJitter(init, {
        ...(has('brightness') ? { brightness: 0.2 } : {}),
        ...(has('contrast') ? { contrast: 0.2 } : {}),
        ...normalization,
      }),
    );
  }
  if (has('gamma')) parts.push(new RandomGamma(init, { gamma: [0.8, 1.25], ...normalization }));
  if (has('noise')) parts.push(new GaussianNoise(init, { sigma: 0.02, ...normalization }));
  if (has('erase')) {
    parts.push(new RandomErasing(init, { p: 0.25, scale: [0.02, 0.2], ...normalization }));
  }
  return new Sequential(...parts);
}
