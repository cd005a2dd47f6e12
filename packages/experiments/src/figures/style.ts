/**
 * One look for every figure. Colours are Okabe and Ito's colour-blind safe set, darkened or lightened a little where
 * needed so that each keeps a contrast of 3:1 on the report's light and dark pages alike.
 */
import type { VariantId } from '../report/results.ts';

/** Healthy against diseased, in every figure and table. */
export const CLASS_COLOURS = { healthy: '#3383c4', diseased: '#dc6a20' } as const;

/** For series that are neither. */
export const PALETTE = [
  '#3383c4',
  '#dc6a20',
  '#16977a',
  '#b5609b',
  '#a8860a',
  '#3aa0d8',
  '#8a6fc9',
  '#7d8590',
] as const;
export const NEUTRAL = '#7d8590';

const VARIANT_COLOURS: Record<string, string> = {
  '1a-scratch': '#3383c4',
  '1a-scratch-kept-by-auc': '#8a6fc9',
  '1c-autoencoder': '#dc6a20',
  '1c-autoencoder-kept-by-auc': '#b5609b',
  '2-chest-all': '#16977a',
  '2-pneumonia-scratch': '#7d8590',
  '2a-frozen-bn-eval': '#3383c4',
  '2a-frozen-bn-reestimated': '#3aa0d8',
  '2b-trainable': '#dc6a20',
  '3-linear-probe-fine-tune': '#16977a',
  '3-gradual-unfreezing': '#b5609b',
  '3-discriminative-rates': '#a8860a',
  '3-warm-up': '#8a6fc9',
};

/** A recipe has the same colour in every figure; unknown ones take the palette in turn. */
export function variantColour(variant: VariantId, index = 0): string {
  return VARIANT_COLOURS[variant] ?? PALETTE[index % PALETTE.length];
}

/** Type sizes in px at the figures' own width. */
export const SIZE = { title: 18, subtitle: 14, label: 13, tick: 12 } as const;
