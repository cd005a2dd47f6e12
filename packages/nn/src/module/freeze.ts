import { type OptionTable, oneOf } from '@glassbox/options';

/**
 * What a frozen batch norm does with its running statistics in training mode: `eval` normalises with them and leaves
 * them as they are; `reestimate` normalises with each batch's own statistics and keeps updating them.
 */
export type BatchNormChoice = 'eval' | 'reestimate';

/** What becomes of batch norm in a frozen part. */
export interface FreezeOptions {
  /** Required where the frozen part holds batch norm. */
  readonly batchNorm?: BatchNormChoice;
}

export const freezeNames: OptionTable<FreezeOptions> = { batchNorm: oneOf('eval', 'reestimate') };

/**
 * Checks that it is said what parts with running statistics do.
 * @param undecided the names of these parts
 * @throws Error if there are any and nothing is said.
 */
export function requireDecision({ batchNorm }: FreezeOptions, undecided: readonly string[]): void {
  if (batchNorm || undecided.length === 0) return;
  const names = undecided.map((name) => name || 'this module').join(', ');
  throw new Error(
    `freeze: batch norm (${names}) needs a decision: freeze({ batchNorm: 'eval' }) keeps its running statistics, ` +
      "freeze({ batchNorm: 'reestimate' }) goes on updating them from batches",
  );
}
