/** How early stopping went: which epochs were kept, and whether the watched loss was the right judge. */
import { mean } from '@glassbox/metrics';
import type { Context } from '../context.ts';
import { html, type Part, paragraph } from '../html.ts';
import { keptUntrained, type Ranked, rankedEpochs } from '../learning.ts';
import { compared, decimal, each, list, percent, signed, spread, whole } from '../phrases.ts';
import type { EpochRecord, ResultRow } from '../results.ts';
import type { Analysis } from '../statistics.ts';

/** How early stopping went, told by the curves of the rows. */
export function selectionAnswer({ results, analysis }: Context): Part[] {
  const chest = results.rows.filter((row) => row.target === 'chest');
  if (chest.length === 0) return [];
  const { patience, epochLimit, monitor } = chest[0].training;
  const rows = chest.filter((row) => row.training.monitor === monitor);
  const stopped = rows.filter((row) => row.stopReason === 'patience');
  const limited = rows.filter((row) => row.stopReason === 'limit');
  const overshoot = rows.flatMap((row) => {
    const best = row.history.find(({ epoch }) => epoch === row.bestEpoch);
    const last = row.history.at(-1);
    return best && last && last.epoch > best.epoch ? [{ best: best.valLoss, last: last.valLoss }] : [];
  });
  const worse = mean(overshoot.map(({ best, last }) => last / best - 1));
  return [
    paragraph(
      html`<b>Early stopping on held-out data, with the best state kept.</b> After each epoch the ${monitor} is computed; whenever it improves, the weights and batch-norm statistics are stored; when ${whole(patience)} epochs pass without improvement, training ends and the stored state is restored.`,
      `The epoch limit (${whole(epochLimit)} here) then only bounds the time: overshooting the optimum costs ${whole(patience)} epochs of computing, not the result.`,
    ),
    paragraph(
      `In this run ${stopped.length} of ${rows.length} chest nets were ended by early stopping${limited.length > 0 ? `; ${limited.length} reached the epoch limit, where a higher one might still have gained` : ''}.`,
      `${new Set(rows.map((row) => row.bestEpoch)).size === 1 ? `The best epoch was ${rows[0].bestEpoch}` : `The best epochs were ${each(rows.map((row) => row.bestEpoch))}, so no single fixed number would have suited all of them`}.`,
      overshoot.length > 0 &&
        (worse > 0
          ? `By the last epoch the validation loss had risen by ${percent(worse)} on average over its best: that is what keeping the last state instead would have cost.`
          : `By the last epoch the validation loss was on average ${percent(-worse)} under that of the restored epoch: patience ended these runs on a plateau rather than on overfitting.`),
      trainGap(rows),
    ),
    paragraph(...rankingInstead(rows), untrained(rows)),
    paragraph(...triedByRanking(analysis)),
    paragraph(
      `The price is a validation split that can itself be overfitted by many choices; therefore only validation data chose epochs and thresholds, and the test split was read once at the end.`,
    ),
  ];
}

function trainGap(rows: readonly ResultRow[]): string | undefined {
  const known = rows.filter((row) => row.train !== undefined);
  if (known.length === 0) return undefined;
  const train = mean(known.map((row) => row.train!.accuracy));
  const test = mean(known.map((row) => row.test.accuracy));
  return `At the restored epochs accuracy is ${decimal(train)} on the training images and ${decimal(test)} on the test images.`;
}

/** Each net's kept epoch beside the one with its highest validation AUC. */
function ranked(rows: readonly ResultRow[]): { row: ResultRow; kept: Ranked; highest: Ranked }[] {
  return rows.flatMap((row) => {
    const epochs = rankedEpochs(row);
    return epochs ? [{ row, ...epochs }] : [];
  });
}

/** Which epochs the same trainings would have kept, had validation AUC been watched. */
function rankingInstead(rows: readonly ResultRow[]): Part[] {
  const judged = ranked(rows);
  if (judged.length === 0) return [];
  const [kept, highest] = (['kept', 'highest'] as const).map((which) =>
    mean(judged.map((one) => one[which].valAuc)),
  );
  return [
    html`<b>What to watch is a choice too.</b>`,
    judged.length === 1
      ? `By validation AUC the best epoch of this training is ${judged[0].highest.epoch}, with ${decimal(highest)} where the kept one has ${decimal(kept)} (a maximum over epochs, so partly luck).`
      : `By validation AUC the best epochs of these trainings are ${each(judged.map((one) => one.highest.epoch))}${new Set(judged.map((one) => one.highest.epoch)).size > 1 ? ', in the same order' : ''}, with ${decimal(highest)} on average where the kept ones have ${decimal(kept)} (a maximum over epochs, so partly luck).`,
  ];
}

/** What became of the rows that watched validation AUC in fact. */
function triedByRanking(analysis: Analysis): Part[] {
  return (
    [
      ['1a-scratch', 'From scratch'],
      ['1c-autoencoder', 'With autoencoder weights'],
    ] as const
  ).flatMap(([variant, start]) => {
    const [byLoss, byAuc] = [variant, `${variant}-kept-by-auc`].map((id) => analysis.find(id));
    if (!byLoss || !byAuc) return [];
    return [
      compared(analysis, byAuc.variant, variant, 'auc', [`${start}, kept by AUC`, 'kept by loss']),
      byAuc.seeds.length > 1 &&
        `Over seeds it is ${spread(byAuc.test.auc)} instead of ${spread(byLoss.test.auc)} on test; accuracy at 0.5 is ${spread(byAuc.test.accuracy)} instead of ${spread(byLoss.test.accuracy)}, at validation’s threshold ${spread(byAuc.test.accuracyAtValThreshold)} instead of ${spread(byLoss.test.accuracyAtValThreshold)}.`,
    ];
  });
}

/** Nets that were kept hardly trained, with what they had then and what ranking they reached later. */
export function untrained(rows: readonly ResultRow[]): string | undefined {
  const early = ranked(rows.filter(keptUntrained));
  if (early.length === 0) return undefined;
  const [{ row }] = early;
  const told = early.map(
    (one) =>
      `“${one.row.name}”, seed ${one.row.seed} (epoch ${one.row.bestEpoch}, validation AUC ${decimal(one.kept.valAuc)} then, ${decimal(one.highest.valAuc)} in epoch ${one.highest.epoch}; test AUC ${decimal(one.row.test.auc)})`,
  );
  const when = early.every((one) => one.row.bestEpoch <= 1) ? 'after the very first epoch' : 'early';
  return `${early.length === 1 ? 'One net was' : `${early.length} nets were`} kept ${when}, hardly trained: ${list(told)}. Cross-entropy also punishes confidence, and over ${whole(row.val.n)} validation images it can be lowest before anything is learnt; such a seed moves a mean over few seeds by much.`;
}

/** How many epochs back a training is compared with its end. */
const lookBack = 10;

/** Whether the epoch limit, rather than early stopping, ended trainings, and what they still gained before it. */
export function limitNote(rows: readonly ResultRow[], what: string): string | undefined {
  const limited = rows.filter((row) => row.stopReason === 'limit' && row.history.length > lookBack);
  if (limited.length === 0) return undefined;
  const change = (of: (record: EpochRecord) => number | undefined): number =>
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
  return `${limited.length} of ${rows.length} ${what} ${limited.length === 1 ? 'was' : 'were'} ended by the limit of ${whole(limited[0].training.epochLimit)} epochs, not by early stopping. Over the last ${lookBack} epochs validation loss changed by ${signed(loss, 4)} and validation AUC by ${signed(auc, 4)}: ${still ? 'a higher limit would still change the result' : 'more epochs would hardly change the comparison'}.`;
}
