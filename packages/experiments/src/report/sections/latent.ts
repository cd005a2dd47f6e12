/** Task 2c: the latent spaces compared. */
import { type Context, figure, type Section, separationTable } from '../context.ts';
import { nameOf } from '../data-names.ts';
import { answered, html, type Part, paragraph } from '../html.ts';
import { decimal, list } from '../phrases.ts';
import type { EmbeddingSituation, VariantId } from '../results.ts';
import { probeDifference } from './probe.ts';

/** Task 2c. */
export function latentSpacesCompared(context: Context): Section | undefined {
  const spaces = context.results.embeddings.filter((s) => s.target === 'pneumonia');
  if (spaces.length === 0) return undefined;
  return {
    id: 'task-2c',
    title: '2c  Latent spaces compared',
    body: html`
<p class="asks">The sheet asks: compare the latent spaces seen so far.</p>
${paragraph(
  `Every panel shows the same ${spaces[0].n} test images of ${nameOf(context.results.data, 'pneumonia').long} in the same colours; only the net differs, and the table says which seed and epoch it is of.`,
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
${answered('What is seen, and why?', ...comparison(context, spaces))}`,
  };
}

function comparison(context: Context, spaces: readonly EmbeddingSituation[]): Part[] {
  const parts: Part[] = [paragraph(sheetsThree(context, spaces))];
  const sorted = [...spaces].sort((a, b) => b.separation.probeAuc - a.separation.probeAuc);
  const [best] = sorted;
  const worst = sorted[sorted.length - 1];
  if (spaces.length > 1) {
    const { verdict, noise } = probeDifference(best, worst);
    parts.push(
      paragraph(
        verdict === 'undecided'
          ? `No space is shown to carry the label better than another: probe AUC from ${decimal(worst.separation.probeAuc)} to ${decimal(best.separation.probeAuc)}.`
          : `The label is read best from ${quote(best)} (probe AUC ${decimal(best.separation.probeAuc)}, silhouette ${decimal(best.separation.silhouette)}) and worst from ${quote(worst)} (${decimal(worst.separation.probeAuc)}, ${decimal(worst.separation.silhouette)}).`,
        `These are single nets on ${best.n} images: differences in probe AUC under ${decimal(noise)} (two standard errors between these two) are not interpreted.`,
      ),
    );
  }
  const of = (id: VariantId): EmbeddingSituation | undefined => spaces.find((s) => s.id === id);
  const frozen = of('2a-frozen-bn-eval') ?? of('2a-frozen-bn-reestimated');
  const free = of('2b-trainable');
  const scratch = of('2-pneumonia-scratch');
  if (frozen && free) parts.push(paragraph(...frozenAgainstFree(context, frozen, free)));
  // A fine-tuned net has the target's batch-norm statistics: its origin is the frozen encoder that has them too.
  const origin = of('2a-frozen-bn-reestimated') ?? frozen;
  if (origin && free && scratch) parts.push(paragraph(...heritage(context, origin, free, scratch)));
  const chest = context.results.embeddings.filter((s) => s.target === 'chest');
  if (chest.length > 0) {
    const published = (['chest', 'pneumonia'] as const).every(
      (target) => nameOf(context.results.data, target).published,
    );
    const source =
      ['2-chest-all', '1c-autoencoder', '1a-scratch']
        .map((id) => chest.find((s) => s.id === id))
        .find((s) => s !== undefined) ?? chest[0];
    parts.push(
      paragraph(
        `On chest images, ${quote(source)} separates healthy from diseased at probe AUC ${decimal(source.separation.probeAuc)}, silhouette ${decimal(source.separation.silhouette)}.`,
        published && probeDifference(best, source).verdict === 'higher'
          ? `That is the harder question: fourteen findings in adults, many of them small, with labels mined from reports, against one disease that whitens the lungs of children. The difference lies in the data more than in the net.`
          : undefined,
      ),
    );
  }
  return parts;
}

/** The spaces that the sheet has seen by now: 1b's, 2a's and 2b's, each on its own target. */
function sheetsThree({ results }: Context, spaces: readonly EmbeddingSituation[]): string | undefined {
  const three = [
    results.embeddings.find((s) => s.id === '1a-scratch'),
    spaces.find((s) => s.id === '2a-frozen-bn-eval') ??
      spaces.find((s) => s.id === '2a-frozen-bn-reestimated'),
    spaces.find((s) => s.id === '2b-trainable'),
  ];
  if (!three.every((s) => s !== undefined)) return undefined;
  return `The sheet’s three, from 1b, 2a and 2b: ${list(three.map((s) => `${quote(s)} (silhouette ${decimal(s.separation.silhouette)}, ${s.separation.k}-NN ${decimal(s.separation.knnBalancedAccuracy)}, probe AUC ${decimal(s.separation.probeAuc)})`))}; the first is of chest images, the others of the target’s.`;
}

function frozenAgainstFree(context: Context, frozen: EmbeddingSituation, free: EmbeddingSituation): Part[] {
  const { verdict } = probeDifference(free, frozen);
  const numbers = `probe AUC ${decimal(frozen.separation.probeAuc)} frozen and ${decimal(free.separation.probeAuc)} trainable, ${free.separation.k}-NN ${decimal(frozen.separation.knnBalancedAccuracy)} and ${decimal(free.separation.knnBalancedAccuracy)}, silhouette ${decimal(frozen.separation.silhouette)} and ${decimal(free.separation.silhouette)}`;
  const alike = similarity(context, frozen.id, free.id);
  return [
    verdict === 'higher'
      ? `Training the encoder pulls the classes apart (${numbers}): its loss rewards nothing else, while the frozen one was asked another question on other images.`
      : verdict === 'lower'
        ? `The frozen space carries the label better than the trained one (${numbers}).`
        : `Frozen and trainable spaces are not shown to differ in how well they carry the label (${numbers}): the chest features already hold much of what the target’s label depends on.`,
    free.effectiveDimensions < 0.8 * frozen.effectiveDimensions
      ? `It also gets narrower: ${decimal(frozen.effectiveDimensions, 1)} directions in use become ${decimal(free.effectiveDimensions, 1)}, since what does not serve the label is given up.`
      : free.effectiveDimensions > 1.25 * frozen.effectiveDimensions
        ? `It uses more directions (${decimal(free.effectiveDimensions, 1)} against ${decimal(frozen.effectiveDimensions, 1)}).`
        : undefined,
    alike &&
      `Between the two, CKA is ${decimal(alike.cka, 2)} and ${decimal(100 * alike.overlap, 0)} % of nearest neighbours are shared.`,
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
      ? `The fine-tuned space is about as near to its origin (CKA ${decimal(toFrozen.cka, 2)} with ${quote(origin)}) as to a net that never saw the source (${decimal(toScratch.cka, 2)}): the task has had as much say as the start.`
      : gap > 0
        ? `The fine-tuned space still remembers where it came from: CKA ${decimal(toFrozen.cka, 2)} with ${quote(origin)} against ${decimal(toScratch.cka, 2)} with a net trained on the target alone.`
        : `The fine-tuned space is nearer to a net trained on the target alone (CKA ${decimal(toScratch.cka, 2)}) than to the encoder it started from (${decimal(toFrozen.cka, 2)} with ${quote(origin)}): the target has shaped it more than its origin did.`,
  ];
}

/** CKA and shared neighbours of two spaces, where measured. */
export function similarity(
  context: Context,
  a: VariantId,
  b: VariantId,
): { cka: number; overlap: number } | undefined {
  const found = context.results.embeddingSimilarities.find(
    (s) => (s.a === a && s.b === b) || (s.a === b && s.b === a),
  );
  return found && { cka: found.cka, overlap: found.neighbourOverlap };
}

function quote(s: EmbeddingSituation): string {
  return `“${list([s.title])}”`;
}
