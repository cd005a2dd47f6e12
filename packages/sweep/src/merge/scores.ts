/** Which scores a sweep has, which of them are compared, and which way is better. */
import type { DoneCell } from './cells.ts';
import type { MergeOptions } from './options.ts';

/** A score that configurations are compared by. */
export interface Compared {
  readonly name: string;
  /** Less is better. */
  readonly lower: boolean;
}

/** Of names like `best.test.brier`: the last part. */
const lowerNames = new Set([
  'loss',
  'logLoss',
  'crossEntropy',
  'nll',
  'brier',
  'calibrationError',
  'ece',
  'error',
  'mse',
  'mae',
]);

/** Names of all scores, sorted. */
export function scoreNames(cells: readonly DoneCell[]): string[] {
  return [...new Set(cells.flatMap(({ scores }) => Object.keys(scores)))].sort();
}

/**
 * The scores to compare: those asked for, or the test AUC, the test accuracy, or the first that all cells have.
 * @throws on a score that no cell has
 */
export function comparedScores(
  cells: readonly DoneCell[],
  { metrics, lower = [] }: MergeOptions,
): Compared[] {
  const names = scoreNames(cells);
  for (const name of [...(metrics ?? []), ...lower]) {
    if (!names.includes(name)) {
      throw new Error(`no cell has the score ${name}; the scores are ${names.join(', ') || 'none'}`);
    }
  }
  const everywhere = names.filter((name) => cells.every(({ scores }) => Object.hasOwn(scores, name)));
  const usual = ['auc', 'acc', 'accuracy'].flatMap((last) =>
    everywhere.filter((name) => name === `test.${last}` || name.endsWith(`.test.${last}`)),
  );
  const chosen = metrics ?? [...usual, ...everywhere].slice(0, 1);
  return [...new Set(chosen)].map((name) => ({
    name,
    lower: lower.includes(name) || lowerNames.has(name.slice(name.lastIndexOf('.') + 1)),
  }));
}
