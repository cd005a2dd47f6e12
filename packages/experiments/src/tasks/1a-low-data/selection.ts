/** Task 1a, model selection: which epochs were kept, and whether the watched loss was the right judge. */
import { mean } from '@glassbox/metrics';
import type { Context } from '../../report/context.ts';
import { html, type Part, paragraph } from '../../report/html.ts';
import { compared, decimal, each, percent, spread, whole } from '../../report/phrases.ts';
import { byAuc, type ResultRow } from '../../report/results.ts';
import type { Analysis } from '../../report/statistics.ts';
import { ranked, untrained } from '../../report/stopping.ts';
import { pretrained } from '../1c-autoencoder/recipes.ts';
import { scratch } from './recipes.ts';

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
  const best = rows.map((row) => row.bestEpoch);
  const worse = mean(overshoot.map(({ best, last }) => last / best - 1));
  return [
    paragraph(
      html`<b>Early stopping on held-out data, with the best state kept.</b> After each epoch the
      ${monitor} is computed; whenever it improves, the weights and batch-norm statistics are stored;
      when ${whole(patience)} epochs pass without improvement, training ends and the stored state is
      restored.`,
      `The epoch limit (${whole(epochLimit)} here) then only bounds the time: overshooting the optimum ` +
        `costs ${whole(patience)} epochs of computing, not the result.`,
    ),
    paragraph(
      `In this run ${stopped.length} of ${rows.length} chest nets were ended by early stopping${
        limited.length > 0
          ? `; ${limited.length} reached the epoch limit, where a higher one might still have gained`
          : ''
      }.`,
      new Set(best).size === 1
        ? `The best epoch was ${best[0]}.`
        : `The best epochs were ${each(best)}, so no single fixed number would have suited all of them.`,
      overshoot.length > 0 &&
        (worse > 0
          ? `By the last epoch the validation loss had risen by ${percent(worse)} on average over its ` +
            'best: that is what keeping the last state instead would have cost.'
          : `By the last epoch the validation loss was on average ${percent(-worse)} under that of the ` +
            'restored epoch: patience ended these runs on a plateau rather than on overfitting.'),
      trainGap(rows),
    ),
    paragraph(...rankingInstead(rows), untrained(rows)),
    paragraph(...triedByRanking(analysis)),
    paragraph(
      'The price is a validation split that can itself be overfitted by many choices; therefore only ' +
        'validation data chose epochs and thresholds, and the test split was read once at the end.',
    ),
  ];
}

function trainGap(rows: readonly ResultRow[]): string | undefined {
  const known = rows.filter((row) => row.train !== undefined);
  if (known.length === 0) return undefined;
  const train = mean(known.map((row) => row.train!.accuracy));
  const test = mean(known.map((row) => row.test.accuracy));
  return (
    `At the restored epochs accuracy is ${decimal(train)} on the training images and ${decimal(test)} on ` +
    'the test images.'
  );
}

/** Which epochs the same trainings would have kept, had validation AUC been watched. */
function rankingInstead(rows: readonly ResultRow[]): Part[] {
  const judged = ranked(rows);
  if (judged.length === 0) return [];
  const [kept, highest] = (['kept', 'highest'] as const).map((which) =>
    mean(judged.map((one) => one[which].valAuc)),
  );
  const epochs = judged.map((one) => one.highest.epoch);
  return [
    html`<b>What to watch is a choice too.</b>`,
    judged.length === 1
      ? `By validation AUC the best epoch of this training is ${judged[0].highest.epoch}, with ` +
        `${decimal(highest)} where the kept one has ${decimal(kept)} (a maximum over epochs, so partly luck).`
      : 'By validation AUC the best epochs of these trainings are ' +
        `${each(epochs)}${new Set(epochs).size > 1 ? ', in the same order' : ''}, with ${decimal(highest)} on ` +
        `average where the kept ones have ${decimal(kept)} (a maximum over epochs, so partly luck).`,
  ];
}

/** What became of the rows that watched validation AUC in fact. */
function triedByRanking(analysis: Analysis): Part[] {
  const starts = [
    [scratch, 'From scratch'],
    [pretrained, 'With autoencoder weights'],
  ] as const;
  return starts.flatMap(([variant, start]) => {
    const [byLoss, other] = [variant, byAuc(variant)].map((id) => analysis.find(id));
    if (!byLoss || !other) return [];
    return [
      compared(analysis, other.variant, variant, 'auc', [`${start}, kept by AUC`, 'kept by loss']),
      other.seeds.length > 1 &&
        `Over seeds it is ${spread(other.test.auc)} instead of ${spread(byLoss.test.auc)} on test; ` +
          `accuracy at 0.5 is ${spread(other.test.accuracy)} instead of ${spread(byLoss.test.accuracy)}, ` +
          `at validation’s threshold ${spread(other.test.accuracyAtValThreshold)} instead of ` +
          `${spread(byLoss.test.accuracyAtValThreshold)}.`,
    ];
  });
}
