/** What all answers share. */
import { type DotRow, recipeDots } from '../../figures/compact.ts';
import type { Figure } from '../../figures/figure.ts';
import { variantColour } from '../../figures/style.ts';
import type { AnswerId } from '../code.ts';
import type { Part } from '../html.ts';
import { decimal } from '../phrases.ts';
import type { EmbeddingSituation, VariantId } from '../results.ts';
import { probeAboveChance } from '../sections/probe.ts';
import type { Analysis } from '../statistics.ts';

/** One question and what answers it. */
export interface Answer {
  id: AnswerId;
  /** Section of the long report. */
  section: string;
  task: string;
  question: string;
  text: Part;
  figure?: Figure;
}

/** What a space separates, in two sentences. */
export function separation(s: EmbeddingSituation): Part[] {
  const { separation: m, correlation } = s;
  const label = Math.abs(correlation.label[0]);
  const brightness = correlation.brightness && Math.abs(correlation.brightness[0]);
  return [
    `${m.silhouette < 0.05 ? 'The classes form no clusters' : m.silhouette < 0.25 ? 'The classes part a little' : 'The classes form groups'} (silhouette ${decimal(m.silhouette)}); a linear probe ${probeAboveChance(s) ? 'finds the label' : 'does not find the label'} (AUC ${decimal(m.probeAuc)}).`,
    brightness !== undefined && brightness > label + 0.1
      ? `What orders the points is exposure: the first component follows brightness (${decimal(brightness, 2)}) more than the label (${decimal(label, 2)}).`
      : `The first component follows the label at ${decimal(label, 2)}${brightness === undefined ? '' : `, brightness at ${decimal(brightness, 2)}`}.`,
  ];
}

/** Those of the recipes that were run, as rows of dots. */
export function variants(analysis: Analysis, ids: readonly VariantId[]): DotRow[] {
  const found = ids.map((id) => analysis.find(id)).filter((v) => v !== undefined);
  return recipeDots(found, 'auc', (v, i) => variantColour(v.variant, i));
}
