/** The answers on the transfer: tasks 2a to 3. */
import { dotRowsFigure, latentStripFigure } from '../../figures/compact.ts';
import type { Context } from '../context.ts';
import { nameOf } from '../data-names.ts';
import { html, paragraph } from '../html.ts';
import { compared, conclude, decimal, imagesUsed, list, scored, verdictWords, whole } from '../phrases.ts';
import type { EmbeddingSituation, VariantId } from '../results.ts';
import { shownChestSpace } from '../sections/chest.ts';
import { similarity } from '../sections/latent.ts';
import { probeDifference } from '../sections/probe.ts';
import { betterFrozen, betterOfTwo } from '../sections/transfer.ts';
import type { VariantSummary } from '../statistics.ts';

import { type Answer, separation, variants } from './answer.ts';

/** Task 2a. */
export function frozen(context: Context): Answer | undefined {
  const { analysis, results } = context;
  const best = betterFrozen(context);
  if (!best) return undefined;
  const { trainableParameters } = best.rows[0].training;
  const space = results.embeddings.find(({ id }) => id === best.variant);
  const points = results.embeddedPoints.pneumonia;
  return {
    id: 'frozen',
    section: 'task-2a',
    task: '2a',
    question: 'Frozen encoder: why is this often done in the literature, and what is tested?',
    text: paragraph(
      html`<b>It tests the representation, not the training:</b> with the encoder fixed the head is a logistic regression${trainableParameters === undefined ? '' : ` of ${whole(trainableParameters)} parameters`} on its features, so the score is what of the target can be read linearly from them. It is cheap, hard to overfit, and compares pre-trainings on equal terms.`,
      `Here: ${scored(best, 'auc')}, ${scored(best, 'accuracy')}.`,
      compared(analysis, best.variant, '2-pneumonia-scratch', 'auc', ['Frozen', 'from scratch']),
      ...(space ? separation(space) : []),
    ),
    figure:
      space && points
        ? latentStripFigure(
            'answer-frozen',
            `Frozen encoder, ${space.n} test images of ${nameOf(results.data, 'pneumonia').short}`,
            [
              { label: 'PCA', method: 'pca', situation: space, points },
              { label: 't-SNE', method: 'tsne', situation: space, points },
            ],
            'pneumonia',
          )
        : undefined,
  };
}

/** Task 2b. */
export function trainable(context: Context): Answer | undefined {
  const { analysis, results } = context;
  const free = analysis.find('2b-trainable');
  if (!free) return undefined;
  const best = betterFrozen(context);
  const conclusion = best && conclude(analysis, '2b-trainable', best.variant);
  const images = imagesUsed(free.rows[0].training);
  const why = {
    better: `With ${images} every filter can be adapted; frozen, the source’s filters leave the head only what is linearly readable from them.`,
    worse: `With ${images} adapting everything lost more than it gained.`,
    mixed: 'AUC judges the ranking, accuracy also where the threshold falls.',
    undecided: `The features of the source already hold much of what ${images} of the target can teach.`,
  };
  return {
    id: 'trainable',
    section: 'task-2b',
    task: '2b',
    question: 'Trainable encoder: which worked better, and why?',
    text: paragraph(
      best && html`<b>${betterOfTwo(conclusion)}</b>`,
      conclusion && why[conclusion.kind],
      best && compared(analysis, '2b-trainable', best.variant, 'auc', ['Trainable', 'frozen']),
      compared(analysis, '2b-trainable', '2-pneumonia-scratch', 'auc', ['Trainable', 'from scratch']),
    ),
    figure: dotRowsFigure(
      'answer-trainable',
      `Test AUC on ${nameOf(results.data, 'pneumonia').short}`,
      variants(analysis, [
        '2-pneumonia-scratch',
        '2a-frozen-bn-eval',
        '2a-frozen-bn-reestimated',
        '2b-trainable',
      ]),
      'AUC',
    ),
  };
}

/** Task 2c. */
export function comparedSpaces(context: Context): Answer | undefined {
  const { results } = context;
  const points = results.embeddedPoints.pneumonia;
  const of = (id: VariantId) => results.embeddings.find((s) => s.id === id && s.target === 'pneumonia');
  const still = of('2a-frozen-bn-eval') ?? of('2a-frozen-bn-reestimated');
  const free = of('2b-trainable');
  if (!still || !free || !points) return undefined;
  const first = shownChestSpace(context);
  const chestPoints = results.embeddedPoints.chest;
  const { verdict, noise } = probeDifference(free, still);
  const alike = similarity(context, still.id, free.id);
  const numbers = (s: EmbeddingSituation) =>
    `probe AUC ${decimal(s.separation.probeAuc)}, silhouette ${decimal(s.separation.silhouette)}`;
  const strip = (label: string, situation: EmbeddingSituation, of: typeof points) => ({
    label,
    method: 'tsne' as const,
    situation,
    points: of,
  });
  return {
    id: 'comparedSpaces',
    section: 'task-2c',
    task: '2c',
    question: 'The latent spaces compared: what is seen, and why?',
    text: paragraph(
      {
        higher: html`<b>Training the encoder pulls the classes apart</b>: its loss rewards nothing else.`,
        lower: html`<b>The frozen space carries the label better</b> than the trained one.`,
        undecided: html`<b>Frozen and trained spaces are not shown to differ</b> in how well they carry the label (within ${decimal(noise)} of probe AUC).`,
      }[verdict],
      `Frozen: ${numbers(still)}; trainable: ${numbers(free)}${first ? `; chest images under 1b: ${numbers(first)}` : ''}.`,
      alike &&
        `Between frozen and trainable CKA is ${decimal(alike.cka, 2)}, and ${decimal(100 * alike.overlap, 0)} % of nearest neighbours are shared: the start still shows.`,
    ),
    figure: latentStripFigure(
      'answer-comparedSpaces',
      `t-SNE: ${first && chestPoints ? `${nameOf(results.data, 'chest').short} (1b), ` : ''}${nameOf(results.data, 'pneumonia').short} (2a, 2b)`,
      [
        ...(first && chestPoints ? [strip('1b', first, chestPoints)] : []),
        strip('2a frozen', still, points),
        strip('2b trainable', free, points),
      ],
      'pneumonia',
    ),
  };
}

/** Task 3. */
export function bonus(context: Context): Answer | undefined {
  const { analysis, results } = context;
  const remedies = analysis.summaries.filter((v) => v.task === '3');
  if (remedies.length === 0) return undefined;
  const naive = analysis.find('2b-trainable');
  const differences = remedies.flatMap((v) => {
    const difference = analysis.difference(v.variant, '2b-trainable', 'auc');
    return difference ? [{ v, difference }] : [];
  });
  const decided = differences.filter(({ difference }) => difference.verdict !== 'undecided');
  const best = remedies.reduce((a, b) => (b.val.auc.mean > a.val.auc.mean ? b : a));
  return {
    id: 'bonus',
    section: 'task-3',
    task: '3',
    question: 'Bonus: an uninitialised head can destroy the encoder. Deal with it.',
    text: paragraph(
      naive &&
        (decided.length === 0
          ? html`<b>No remedy is shown to differ from naive fine-tuning</b> by AUC: with a small net and a small rate, what a random head spoils is learnt again.`
          : html`<b>Against naive fine-tuning, AUC is ${list(decided.map(({ v, difference }: { v: VariantSummary; difference: Parameters<typeof verdictWords>[0] }) => `${verdictWords(difference)} by ${v.name}`))}</b>${decided.length < differences.length ? '; the others are not shown to differ' : ''}.`),
      `Tried: ${list(remedies.map((v) => v.name))}. Best on validation: ${best.name}, with ${scored(best, 'auc')} and ${scored(best, 'accuracy')} on test.`,
    ),
    figure: dotRowsFigure(
      'answer-bonus',
      `Test AUC on ${nameOf(results.data, 'pneumonia').short}`,
      variants(analysis, ['2b-trainable', ...remedies.map(({ variant }) => variant)]),
      'AUC',
    ),
  };
}
