/**
 * One look for every figure. Colours are Okabe and Ito's colour-blind safe set, darkened or lightened a little where
 * needed so that each keeps a contrast of 3:1 on the report's light and dark pages alike.
 */

/** Healthy against diseased, in every figure and table. */
export const CLASS_COLOURS = { healthy: '#3383c4', diseased: '#dc6a20' } as const;

/** For series that are neither. */
export const COLOURS = {
  blue: '#3383c4',
  orange: '#dc6a20',
  green: '#16977a',
  pink: '#b5609b',
  ochre: '#a8860a',
  sky: '#3aa0d8',
  violet: '#8a6fc9',
  grey: '#7d8590',
  red: '#cf4a4a',
  brown: '#9a6a4f',
} as const;
export const PALETTE = Object.values(COLOURS);
export const NEUTRAL = COLOURS.grey;

/** The colour of a recipe by its variant; `index` is its place in the figure. */
export type RecipeColour = (variant: string, index: number) => string;

/** A recipe has the same colour in every figure; unknown ones take the palette in turn. */
export function recipeColours(own: ReadonlyMap<string, string>): RecipeColour {
  return (variant, index) => own.get(variant) ?? PALETTE[index % PALETTE.length];
}

/** Type sizes in px at the figures' own width. */
export const SIZE = { title: 18, subtitle: 14, label: 13, tick: 12 } as const;
