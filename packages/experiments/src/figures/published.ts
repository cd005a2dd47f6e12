/**
 * Published figures to stand beside a run's own.
 *
 * Sources: MedMNIST v2 (Yang et al., Scientific Data 2023, tables for 28 px), MedMNIST+ (Doerrich et al. 2025, DINO ViT
 * linear probe), and a student submission of this exercise from 2023/24 (single seed).
 */
import { alwaysHealthy } from '@glassbox/metrics';
import { nameOf } from '../report/data-names.ts';
import type { RunResults, Target } from '../report/results.ts';
import type { Reference } from './comparison.ts';

/** One line of the published table: AUC and accuracy at 0.5 where given. */
export interface PublishedRow {
  name: string;
  /** Mean over the 14 labels, each a binary task of its own: not the healthy/diseased task. */
  chestMultiLabel?: { auc?: number; accuracy?: number };
  pneumonia?: { auc?: number; accuracy?: number };
}

export const PUBLISHED: readonly PublishedRow[] = [
  {
    name: 'ResNet-18, 28 px (MedMNIST v2)',
    chestMultiLabel: { auc: 0.768, accuracy: 0.947 },
    pneumonia: { auc: 0.944, accuracy: 0.854 },
  },
  {
    name: 'ResNet-50, 28 px (MedMNIST v2)',
    chestMultiLabel: { auc: 0.769, accuracy: 0.947 },
    pneumonia: { auc: 0.948, accuracy: 0.854 },
  },
  {
    name: 'auto-sklearn (MedMNIST v2)',
    chestMultiLabel: { auc: 0.649, accuracy: 0.779 },
    pneumonia: { auc: 0.942, accuracy: 0.855 },
  },
  {
    name: 'AutoKeras (MedMNIST v2)',
    chestMultiLabel: { auc: 0.742, accuracy: 0.937 },
    pneumonia: { auc: 0.947, accuracy: 0.878 },
  },
  {
    name: 'Google AutoML Vision (MedMNIST v2)',
    chestMultiLabel: { auc: 0.778, accuracy: 0.948 },
    pneumonia: { auc: 0.991, accuracy: 0.946 },
  },
  {
    name: 'DINO ViT linear probe, 28 px (MedMNIST+)',
    chestMultiLabel: { auc: 0.717 },
    pneumonia: { auc: 0.973, accuracy: 0.866 },
  },
];

/** Lines for the comparison chart: published scores on the same test set, and the constant answer. */
export function publishedReferences(results: RunResults, target: Target): Reference[] {
  const labels = results.truth[target]?.test;
  const references: Reference[] = [];
  // Published scores belong to the published test set; beside other images they would say nothing.
  if (target === 'pneumonia' && nameOf(results.data, target).published) {
    references.push(
      { label: 'ResNet-18, 28 px (published)', metric: 'auc', value: 0.944 },
      { label: 'ResNet-18, 28 px (published)', metric: 'accuracy', value: 0.854 },
      { label: 'DINO ViT probe (published)', metric: 'auc', value: 0.973 },
      { label: 'DINO ViT probe (published)', metric: 'accuracy', value: 0.866 },
    );
  }
  if (labels && labels.length > 0) {
    const constant = alwaysHealthy(labels);
    const [label, accuracy] =
      constant.accuracy >= 0.5
        ? ['always healthy', constant.accuracy]
        : [target === 'pneumonia' ? 'always pneumonia' : 'always diseased', 1 - constant.accuracy];
    references.push(
      { label, metric: 'accuracy', value: accuracy },
      { label, metric: 'accuracyAtValThreshold', value: accuracy },
    );
  }
  return references;
}
