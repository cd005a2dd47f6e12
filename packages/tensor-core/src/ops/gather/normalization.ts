import { checkOptions, type Kind, number, type OptionTable, oneOrMore, positive } from '@glassbox/options';
import type { ImageSource } from '@glassbox/wgsl-kernels';

/** How stored values become numbers: (byte / 255 - mean) / std; 16 bits / 65535, floats as they are. */
export interface NormalizeOptions {
  /** For all channels, or for each. Default 0.5, of floats 0. */
  readonly mean?: number | readonly number[];
  /** For all channels, or for each. Default 0.5, of floats 1. */
  readonly std?: number | readonly number[];
}

const finite: Kind = {
  ...number,
  fits: (value) => number.fits(value) && Number.isFinite(Math.fround(value as number)),
};
/** Its reciprocal is a float32, too. */
const deviation: Kind = {
  what: 'above 0, and a number that 32-bit floats can divide by',
  fits: (value) => positive.fits(value) && Math.abs(Math.log2(Math.fround(value as number))) <= 126,
};
const normalizeNames: OptionTable<NormalizeOptions> = { mean: oneOrMore(finite), std: oneOrMore(deviation) };

/** What is subtracted and divided by where nothing is said. */
export function defaultNormalization(source: ImageSource): { readonly mean: number; readonly std: number } {
  return source === 'f32' ? { mean: 0, std: 1 } : { mean: 0.5, std: 0.5 };
}

/**
 * Checks a normalisation before it is used.
 * @throws TypeError, or RangeError if a list has not one number for each channel.
 */
export function checkNormalization(owner: string, options: NormalizeOptions, channels: number): void {
  checkOptions(owner, options, normalizeNames);
  for (const name of ['mean', 'std'] as const) {
    const values = options[name];
    if (values === undefined || typeof values === 'number' || values.length === channels) continue;
    throw new RangeError(
      `${owner}: ${name} has ${values.length} numbers, but images have ${channels} channels; give one for each, or one`,
    );
  }
}
