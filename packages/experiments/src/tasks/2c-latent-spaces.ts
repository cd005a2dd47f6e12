/** Task 2c: the latent spaces compared. */
import { latentStripFigure } from '../figures/compact.ts';
import { place } from '../report/code.ts';
import { type Context, figure } from '../report/context.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import { probeDifference, separationTable, similarity, spaceOf } from '../report/latent.ts';
import { decimal, list } from '../report/phrases.ts';
import { type EmbeddingSituation, TARGETS } from '../report/results.ts';
import { scratch } from './1a-low-data/recipes.ts';
import { shownChestSpace } from './1b-latent-space.ts';
import { pretrained } from './1c-autoencoder/recipes.ts';
import { chestAll, pneumoniaScratch } from './2-transfer.ts';
import { frozen, frozenEval, frozenReestimated } from './2a-frozen.ts';
import { fineTuned, trainable } from './2b-trainable.ts';
import type { Task } from './task.ts';

export const latentSpaces = {
  id: '2c',
  title: 'Latent spaces compared',
  asks: 'compare the latent spaces seen so far.',
  builtOn: [frozen, trainable],
  section,
  questions: [
    {
      id: 'comparedSpaces',
      question: 'The latent spaces compared: what is seen, and why?',
      code: [
        place('CKA', 'experiments/src/embedding/situation.ts', 'export function linearCka('),
        place('shared neighbours', 'metrics/src/separation.ts', 'export function neighbourOverlap('),
      ],
      answer,
    },
  ],
} as const satisfies Task;

function section(context: Context): Part {
  const spaces = context.results.embeddings.filter((s) => s.target === 'pneumonia');
  if (spaces.length === 0) return undefined;
  return html`${paragraph(
    `Every panel shows the same ${spaces[0].n} test images of ${context.names.pneumonia.long} in the same ` +
      'colours; only the net differs, and the table says which seed and epoch it is of.',
    context.results.embeddings.some((s) => s.target === 'chest') &&
      `The spaces of the chest images are shown under 1b.`,
  )}
${figure(context, 'pneumonia-pca')}
${figure(context, 'pneumonia-tsne')}
${separationTable(
  context,
  spaces.map(({ id }) => id),
)}
${figure(context, 'pneumonia-similarity')}
${answered('What is seen, and why?', ...comparison(context, spaces))}`;
}

function comparison(context: Context, spaces: readonly EmbeddingSituation[]): Part[] {
  const parts: Part[] = [paragraph(sheetsThree(context))];
  const sorted = [...spaces].sort((a, b) => b.separation.probeAuc - a.separation.probeAuc);
  const [best] = sorted;
  const worst = sorted[sorted.length - 1];
  if (spaces.length > 1) {
    const { verdict, noise } = probeDifference(best, worst);
    parts.push(
      paragraph(
        verdict === 'undecided'
          ? 'No space is shown to carry the label better than another: probe AUC from ' +
              `${decimal(worst.separation.probeAuc)} to ${decimal(best.separation.probeAuc)}.`
          : `The label is read best from ${quote(best)} (probe AUC ${decimal(best.separation.probeAuc)}, ` +
              `silhouette ${decimal(best.separation.silhouette)}) and worst from ${quote(worst)} ` +
              `(${decimal(worst.separation.probeAuc)}, ${decimal(worst.separation.silhouette)}).`,
        `These are single nets on ${best.n} images: differences in probe AUC under ${decimal(noise)} ` +
          '(two standard errors between these two) are not interpreted.',
      ),
    );
  }
  const still = frozenSpace(context);
  const free = spaceOf(context, fineTuned);
  const fresh = spaceOf(context, pneumoniaScratch);
  if (still && free) parts.push(paragraph(...frozenAgainstFree(context, still, free)));
  // A fine-tuned net has the target's batch-norm statistics: its origin is the frozen encoder that has them too.
  const origin = spaceOf(context, frozenReestimated) ?? still;
  if (origin && free && fresh) parts.push(paragraph(...heritage(context, origin, free, fresh)));
  const chest = context.results.embeddings.filter((s) => s.target === 'chest');
  if (chest.length > 0) {
    const published = TARGETS.every((target) => context.names[target].published);
    const source =
      [chestAll, pretrained, scratch].map((id) => spaceOf(context, id)).find((s) => s !== undefined) ??
      chest[0];
    parts.push(
      paragraph(
        `On chest images, ${quote(source)} separates healthy from diseased at probe AUC ` +
          `${decimal(source.separation.probeAuc)}, silhouette ${decimal(source.separation.silhouette)}.`,
        published && probeDifference(best, source).verdict === 'higher'
          ? 'That is the harder question: fourteen findings in adults, many of them small, with labels ' +
              'mined from reports, against one disease that whitens the lungs of children. The difference ' +
              'lies in the data more than in the net.'
          : undefined,
      ),
    );
  }
  return parts;
}

/** The spaces that the sheet has seen by now: 1b's, 2a's and 2b's, each on its own target. */
function sheetsThree(context: Context): string | undefined {
  const three = [spaceOf(context, scratch), frozenSpace(context), spaceOf(context, fineTuned)];
  if (!three.every((s) => s !== undefined)) return undefined;
  const told = three.map((s) => {
    const { silhouette, k, knnBalancedAccuracy, probeAuc } = s.separation;
    const knn = `${k}-NN ${decimal(knnBalancedAccuracy)}`;
    return `${quote(s)} (silhouette ${decimal(silhouette)}, ${knn}, probe AUC ${decimal(probeAuc)})`;
  });
  return (
    `The sheet’s three, from 1b, 2a and 2b: ${list(told)}; the first is of chest images, the others of the ` +
    'target’s.'
  );
}

function frozenAgainstFree(context: Context, frozen: EmbeddingSituation, free: EmbeddingSituation): Part[] {
  const { verdict } = probeDifference(free, frozen);
  const numbers =
    `probe AUC ${decimal(frozen.separation.probeAuc)} frozen and ${decimal(free.separation.probeAuc)} ` +
    `trainable, ${free.separation.k}-NN ${decimal(frozen.separation.knnBalancedAccuracy)} and ` +
    `${decimal(free.separation.knnBalancedAccuracy)}, silhouette ${decimal(frozen.separation.silhouette)} ` +
    `and ${decimal(free.separation.silhouette)}`;
  const alike = similarity(context, frozen.id, free.id);
  return [
    verdict === 'higher'
      ? `Training the encoder pulls the classes apart (${numbers}): its loss rewards nothing else, while ` +
        'the frozen one was asked another question on other images.'
      : verdict === 'lower'
        ? `The frozen space carries the label better than the trained one (${numbers}).`
        : 'Frozen and trainable spaces are not shown to differ in how well they carry the label ' +
          `(${numbers}): the chest features already hold much of what the target’s label depends on.`,
    free.effectiveDimensions < 0.8 * frozen.effectiveDimensions
      ? `It also gets narrower: ${decimal(frozen.effectiveDimensions, 1)} directions in use become ` +
        `${decimal(free.effectiveDimensions, 1)}, since what does not serve the label is given up.`
      : free.effectiveDimensions > 1.25 * frozen.effectiveDimensions
        ? `It uses more directions (${decimal(free.effectiveDimensions, 1)} against ` +
          `${decimal(frozen.effectiveDimensions, 1)}).`
        : undefined,
    alike &&
      `Between the two, CKA is ${decimal(alike.cka, 2)} and ${decimal(100 * alike.overlap, 0)} % of ` +
        'nearest neighbours are shared.',
  ];
}

function heritage(
  context: Context,
  origin: EmbeddingSituation,
  free: EmbeddingSituation,
  scratch: EmbeddingSituation,
): Part[] {
  const toFrozen = similarity(context, free.id, origin.id);
  const toScratch = similarity(context, free.id, scratch.id);
  if (!toFrozen || !toScratch) return [];
  const gap = toFrozen.cka - toScratch.cka;
  return [
    Math.abs(gap) < 0.05
      ? `The fine-tuned space is about as near to its origin (CKA ${decimal(toFrozen.cka, 2)} with ` +
        `${quote(origin)}) as to a net that never saw the source (${decimal(toScratch.cka, 2)}): the task ` +
        'has had as much say as the start.'
      : gap > 0
        ? `The fine-tuned space still remembers where it came from: CKA ${decimal(toFrozen.cka, 2)} with ` +
          `${quote(origin)} against ${decimal(toScratch.cka, 2)} with a net trained on the target alone.`
        : 'The fine-tuned space is nearer to a net trained on the target alone (CKA ' +
          `${decimal(toScratch.cka, 2)}) than to the encoder it started from (${decimal(toFrozen.cka, 2)} ` +
          `with ${quote(origin)}): the target has shaped it more than its origin did.`,
  ];
}

/** The frozen encoder's, with the source's statistics if they were kept. */
const frozenSpace = (context: Context): EmbeddingSituation | undefined =>
  spaceOf(context, frozenEval) ?? spaceOf(context, frozenReestimated);

function quote(s: EmbeddingSituation): string {
  return `“${list([s.title])}”`;
}

function answer(context: Context) {
  const { results, names } = context;
  const points = results.embeddedPoints.pneumonia;
  const still = frozenSpace(context);
  const free = spaceOf(context, fineTuned);
  if (!still || !free || !points) return undefined;
  const first = shownChestSpace(context);
  const chestPoints = results.embeddedPoints.chest;
  const chest = first && chestPoints ? `${names.chest.short} (1b), ` : '';
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
    text: paragraph(
      {
        higher: html`<b>Training the encoder pulls the classes apart</b>: its loss rewards nothing else.`,
        lower: html`<b>The frozen space carries the label better</b> than the trained one.`,
        undecided: html`<b>Frozen and trained spaces are not shown to differ</b> in how well they carry
        the label (within ${decimal(noise)} of probe AUC).`,
      }[verdict],
      `Frozen: ${numbers(still)}; trainable: ` +
        `${numbers(free)}${first ? `; chest images under 1b: ${numbers(first)}` : ''}.`,
      alike &&
        `Between frozen and trainable CKA is ${decimal(alike.cka, 2)}, and ` +
          `${decimal(100 * alike.overlap, 0)} % of nearest neighbours are shared: the start still shows.`,
    ),
    figure: latentStripFigure(
      'answer-comparedSpaces',
      `t-SNE: ${chest}${names.pneumonia.short} (2a, 2b)`,
      [
        ...(first && chestPoints ? [strip('1b', first, chestPoints)] : []),
        strip('2a frozen', still, points),
        strip('2b trainable', free, points),
      ],
      'pneumonia',
    ),
  };
}
