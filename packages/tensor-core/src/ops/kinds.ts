import { instance, type Kind, oneOf, pair, whole } from '@glassbox/options';
import { Tensor } from '../tensor.ts';

/** What several ops' options may be (see `@glassbox/options`). */
export const aTensor = instance(() => Tensor, 'a tensor');
export const reductions = oneOf('mean', 'sum');
/** Windows and steps, for height and width. */
export const sizes = pair(whole(1));
/** Rows and columns of padding. */
export const margins = pair(whole(0));
/** The same, or a word for how many. */
export const marginsOrWord: Kind = {
  what: `${margins.what}, or 'same' or 'valid'`,
  fits: (value) => margins.fits(value) || value === 'same' || value === 'valid',
};
