/** Where early stopping kept a net too early, and where the epoch limit ended one. */
import { mean } from '@glassbox/metrics';
import { keptUntrained, type Ranked, rankedEpochs } from './learning.ts';
import { decimal, list, signed, whole } from './phrases.ts';
import type { LoggedEpoch, ResultRow } from './results.ts';

/** Each net's kept epoch beside the one with its highest validation AUC. */
export function ranked(rows: readonly ResultRow[]): { row: ResultRow; kept: Ranked; highest: Ranked }[] {
  return rows.flatMap((row) => {
    const epochs = rankedEpochs(row);
    return epochs ? [{ row, ...epochs }] : [];
  });
}

/** Nets that were kept hardly trained, with what they had then and what ranking they reached later. */
export function untrained(rows: readonly ResultRow[]): string | undefined {
  const early = ranked(rows.filter(keptUntrained));
  if (early.length === 0) return undefined;
  const [{ row }] = early;
  const told = early.map(
    (one) =>
      `“${one.row.name}”, seed ${one.row.seed} (epoch ${one.row.bestEpoch}, validation AUC ` +
      `${decimal(one.kept.valAuc)} then, ${decimal(one.highest.valAuc)} in epoch ${one.highest.epoch}; ` +
      `test AUC ${decimal(one.row.test.auc)})`,
  );
  const when = early.every((one) => one.row.bestEpoch <= 1) ? 'after the very first epoch' : 'early';
  return (
    `${early.length === 1 ? 'One net was' : `${early.length} nets were`} kept ${when}, hardly trained: ` +
    `${list(told)}. Cross-entropy also punishes confidence, and over ${whole(row.val.n)} validation ` +
    'images it can be lowest before anything is learnt; such a seed moves a mean over few seeds by much.'
  );
}

/** How many epochs back a training is compared with its end. */
const lookBack = 10;

/** Whether the epoch limit, rather than early stopping, ended trainings, and what they still gained before it. */
export function limitNote(rows: readonly ResultRow[], what: string): string | undefined {
  const limited = rows.filter((row) => row.stopReason === 'limit' && row.history.length > lookBack);
  if (limited.length === 0) return undefined;
  const change = (of: (record: LoggedEpoch) => number | undefined): number =>
    mean(
      limited.map(({ history }) => {
        const now = history.at(-1)!;
        return (of(now) ?? Number.NaN) - (of(history.at(-1 - lookBack)!) ?? Number.NaN);
      }),
    );
  const loss = change(({ valLoss }) => valLoss);
  const auc = change(({ valAuc }) => valAuc);
  if (Number.isNaN(auc)) return undefined;
  const still = Math.abs(auc) >= 0.003;
  return (
    `${limited.length} of ${rows.length} ${what} ${limited.length === 1 ? 'was' : 'were'} ended by the limit of ` +
    `${whole(limited[0].training.epochLimit)} epochs, not by early stopping. Over the last ${lookBack} epochs ` +
    `validation loss changed by ${signed(loss, 4)} and validation AUC by ${signed(auc, 4)}: ` +
    `${still ? 'a higher limit would still change the result' : 'more epochs would hardly change the comparison'}.`
  );
}
