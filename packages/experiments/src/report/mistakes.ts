/** Which test images a net answers wrongly, the most confident first. */
import { sigmoid } from '@glassbox/metrics';
import type { ResultRow, RunResults } from './results.ts';

/** One wrong answer at the threshold 0.5. */
export interface Mistake {
  /** Row number in the test split. */
  row: number;
  /** 0 healthy/normal, 1 diseased/pneumonia. */
  label: number;
  /** The net's probability of label 1. */
  probability: number;
}

/** A net's wrong answers, by kind, each sorted by confidence. */
export interface Mistakes {
  /** Healthy images called diseased. */
  falseAlarms: Mistake[];
  /** Diseased images called healthy. */
  misses: Mistake[];
}

/** @returns undefined where the scores or labels were not kept */
export function mistakesOf(row: ResultRow, results: RunResults): Mistakes | undefined {
  const labels = results.truth[row.target]?.test;
  const scores = row.logOdds.test;
  if (!labels?.length || scores.length !== labels.length) return undefined;
  // Sorted by log-odds: probabilities of confident nets round to 1 and tie.
  const wrong = scores
    .map((score, index) => ({ score, row: index, label: labels[index], probability: sigmoid(score) }))
    .filter(({ probability, label }) => Number(probability >= 0.5) !== label)
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || a.row - b.row)
    .map(({ row: index, label, probability }) => ({ row: index, label, probability }));
  return {
    falseAlarms: wrong.filter(({ label }) => label === 0),
    misses: wrong.filter(({ label }) => label === 1),
  };
}

/** Most confident mistakes of each kind that are shown of one net. */
export const MISTAKES_SHOWN = 5;

/** The net of each recipe whose mistakes are shown: that of the run's first seed which has the recipe. */
export function shownRows(results: RunResults): ResultRow[] {
  const seen = new Set<string>();
  return results.rows.filter(({ variant }) => !seen.has(variant) && seen.add(variant));
}
