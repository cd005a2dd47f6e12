/** Latent spaces in words and numbers, and their differences judged by the noise of the images measured on. */
import { aucStandardError } from '@glassbox/metrics';
import { latentStripFigure } from '../figures/compact.ts';
import { latentPairFigure, situationsOf } from '../figures/embeddings.ts';
import type { Figure } from '../figures/figure.ts';
import type { Context } from './context.ts';
import { type Html, html, type Part, paragraph, table } from './html.ts';
import { decimal, percent } from './phrases.ts';
import type { EmbeddedPoints, EmbeddingSituation, Target } from './results.ts';
import { type Verdict, verdictOf } from './statistics.ts';

/** How the probe AUC of one space stands to another's. */
export interface ProbeDifference {
  readonly gap: number;
  /** Two standard errors of the gap over the choice of images; a little too large, since both saw the same ones. */
  readonly noise: number;
  readonly verdict: Verdict;
}

/** Probe AUC of `a` minus that of `b`. */
export function probeDifference(a: EmbeddingSituation, b: EmbeddingSituation): ProbeDifference {
  const gap = a.separation.probeAuc - b.separation.probeAuc;
  const noise = 2 * Math.hypot(probeError(a), probeError(b));
  return { gap, noise, verdict: verdictOf(gap, [gap - noise, gap + noise]) };
}

/** Whether a linear probe reads the label better than chance. */
function probeAboveChance(s: EmbeddingSituation): boolean {
  return s.separation.probeAuc - 2 * probeError(s, 0.5) > 0.5;
}

/** Standard error of a situation's probe AUC over the choice of images. */
function probeError({ n, separation }: EmbeddingSituation, area = separation.probeAuc): number {
  const larger = Math.round(n * separation.majorityShare);
  return aucStandardError(area, n - larger, larger);
}

/** Numbers of the latent spaces of a target, one line for each net. */
export function separationTable(context: Context, ids?: readonly string[]): Html | undefined {
  const situations = context.results.embeddings.filter((s) => ids === undefined || ids.includes(s.id));
  if (situations.length === 0) return undefined;
  const k = situations[0].separation.k;
  return table(
    [
      `Latent space of ${context.names[situations[0].target].short} images`,
      'seed, epoch',
      'silhouette',
      `${k}-NN balanced accuracy`,
      'probe balanced accuracy',
      'probe AUC',
      'variance of PC 1, PC 2',
      'PC 1 with label',
      'PC 1 with brightness',
      'directions in use',
      'dead units',
      't-SNE divergence',
    ],
    situations.map((s) => [
      s.title,
      `${s.seed}, ${!s.net ? 'restored' : s.net.epochs === 0 ? 'untrained' : `${s.net.epoch} of ${s.net.epochs}`}`,
      decimal(s.separation.silhouette),
      decimal(s.separation.knnBalancedAccuracy),
      decimal(s.separation.probeBalancedAccuracy),
      decimal(s.separation.probeAuc),
      s.pca.explainedVarianceRatio
        .slice(0, 2)
        .map((share) => `${(100 * share).toFixed(0)} %`)
        .join(', '),
      decimal(s.correlation.label[0], 2),
      s.correlation.brightness ? decimal(s.correlation.brightness[0], 2) : 'not measured',
      decimal(s.effectiveDimensions, 1),
      `${(100 * s.deadShare).toFixed(0)} %`,
      decimal(s.tsne.klDivergence, 2),
    ]),
    'Measured in the full space, not in the pictures. Silhouette 0 and balanced accuracy 0.5 mean no separation. ' +
      'Directions in use: participation ratio of the variances. Correlations are Pearson’s; the sign of ' +
      'a component is arbitrary',
  );
}

/** How far the classes part in one latent space, in words with the numbers they rest on. */
export function separationAnswer(s: EmbeddingSituation): Part[] {
  const { separation: m, correlation } = s;
  const clusters =
    m.silhouette < 0.05
      ? 'The classes form no clusters'
      : m.silhouette < 0.25
        ? 'The classes part a little but overlap widely'
        : 'The classes form distinct groups';
  const probe = !probeAboveChance(s)
    ? 'no straight cut is shown to do better than chance'
    : m.probeAuc >= 0.9
      ? 'a straight cut tells them apart well'
      : m.probeAuc >= 0.7
        ? 'a straight cut tells them apart in part'
        : 'the best straight cut found does only somewhat better than chance';
  const [label] = correlation.label;
  const brightness = correlation.brightness?.[0];
  const [first, second] = s.pca.explainedVarianceRatio;
  return [
    paragraph(
      `${clusters}: silhouette ${decimal(m.silhouette)} (0 is complete overlap), ` +
        `${m.k}-nearest-neighbour balanced accuracy ${decimal(m.knnBalancedAccuracy)} (0.5 is chance).`,
      `In the full space ${probe}: cross-validated linear probe, AUC ${decimal(m.probeAuc)}, balanced ` +
        `accuracy ${decimal(m.probeBalancedAccuracy)}.`,
    ),
    paragraph(
      `The first two components hold ${percent(first + second, 0)} of the variance; ` +
        `${decimal(s.effectiveDimensions, 1)} directions are in effective use of ` +
        `${s.d}${s.deadShare > 0.005 ? `, and ${percent(s.deadShare, 0)} of the units never change` : ''}.`,
      brightness === undefined || Math.max(Math.abs(brightness), Math.abs(label)) < 0.2
        ? `The first component correlates with the label at ${decimal(Math.abs(label), 2)} in size${
            brightness === undefined
              ? ''
              : ` and with the mean brightness of the image at ${decimal(Math.abs(brightness), 2)}: it follows neither`
          }.`
        : Math.abs(brightness) > Math.abs(label) + 0.1
          ? html`What does order the points is <b>exposure</b>: the first component correlates with the
          mean brightness of the image at ${decimal(Math.abs(brightness), 2)} in size, with the label
          only at ${decimal(Math.abs(label), 2)}.`
          : Math.abs(label) > Math.abs(brightness) + 0.1
            ? html`The largest direction follows the <b>label</b> (correlation
            ${decimal(Math.abs(label), 2)} in size) more than the brightness of the image
            (${decimal(Math.abs(brightness), 2)}).`
            : `The first component follows the label (correlation ${decimal(Math.abs(label), 2)} in size) ` +
              `and the brightness of the image (${decimal(Math.abs(brightness), 2)}) about equally; the ` +
              'two cannot be told apart there.',
    ),
  ];
}

/** What a space separates, in two sentences. */
export function separationInShort(s: EmbeddingSituation): Part[] {
  const { separation: m, correlation } = s;
  const label = Math.abs(correlation.label[0]);
  const brightness = correlation.brightness && Math.abs(correlation.brightness[0]);
  const clusters =
    m.silhouette < 0.05
      ? 'The classes form no clusters'
      : m.silhouette < 0.25
        ? 'The classes part a little'
        : 'The classes form groups';
  const finds = probeAboveChance(s) ? 'finds the label' : 'does not find the label';
  return [
    `${clusters} (silhouette ${decimal(m.silhouette)}); a linear probe ${finds} (AUC ${decimal(m.probeAuc)}).`,
    brightness !== undefined && brightness > label + 0.1
      ? 'What orders the points is exposure: the first component follows brightness ' +
        `(${decimal(brightness, 2)}) more than the label (${decimal(label, 2)}).`
      : 'The first component follows the label at ' +
        `${decimal(label, 2)}${brightness === undefined ? '' : `, brightness at ${decimal(brightness, 2)}`}.`,
  ];
}

/** What the latent spaces of a task separate, each under its title where there are several. */
export function latentOf(context: Context, ids: readonly string[]): Part[] {
  const shown = context.results.embeddings.filter((s) => ids.includes(s.id));
  if (shown.length === 0) return [paragraph('No latent space of this task was recorded in this run.')];
  return shown.flatMap((s) => [
    shown.length > 1 ? html`<p><b>${s.title}</b></p>` : undefined,
    ...separationAnswer(s),
  ]);
}

/** The latent space of a recipe, if it was embedded. */
export function spaceOf({ results }: Context, variant: string): EmbeddingSituation | undefined {
  return results.embeddings.find(({ id }) => id === variant);
}

/** CKA and shared neighbours of two spaces, where measured. */
export function similarity(
  context: Context,
  a: string,
  b: string,
): { cka: number; overlap: number } | undefined {
  const found = context.results.embeddingSimilarities.find(
    (s) => (s.a === a && s.b === b) || (s.a === b && s.b === a),
  );
  return found && { cka: found.cka, overlap: found.neighbourOverlap };
}

/** PCA and t-SNE of the spaces that a task looks at. */
export function taskSpaces(
  { results, names }: Context,
  task: string,
  target: Target,
  encoder: string,
): Figure | undefined {
  const points = results.embeddedPoints[target];
  const own = situationsOf(results, target).filter((situation) => situation.task === task);
  if (!points || own.length === 0) return undefined;
  const title = `Latent space of ${names[target].short} images, ${encoder} encoder`;
  return latentPairFigure(`${target}-latent-${task}`, title, own, points);
}

/** One space by PCA and by t-SNE, for an answer. */
export function spaceStrip(
  id: string,
  title: string,
  situation: EmbeddingSituation,
  points: EmbeddedPoints,
): Figure {
  const shown = [
    { label: 'PCA', method: 'pca', situation, points },
    { label: 't-SNE', method: 'tsne', situation, points },
  ] as const;
  return latentStripFigure(id, title, shown, situation.target);
}
