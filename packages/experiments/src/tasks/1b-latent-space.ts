/** Task 1b: what the latent space of task 1a's net shows. */
import { place } from '../report/code.ts';
import { type Context, figure } from '../report/context.ts';
import { answered, html, type Part, paragraph } from '../report/html.ts';
import {
  probeDifference,
  separationAnswer,
  separationInShort,
  separationTable,
  spaceStrip,
} from '../report/latent.ts';
import { aboveChance, keptUntrained, provenToRank } from '../report/learning.ts';
import { decimal, signed, whole } from '../report/phrases.ts';
import type { EmbeddingSituation } from '../report/results.ts';
import { lowData } from './1a-low-data/index.ts';
import { scratch } from './1a-low-data/recipes.ts';
import type { Task } from './task.ts';

export const latentSpace = {
  id: '1b',
  title: 'Latent space',
  asks: 'let the net return embeddings on request; apply PCA and t-SNE to them.',
  builtOn: [lowData],
  latentSpaces: ({ few }) => [
    { title: 'Chest, untrained net', target: 'chest', weightsOf: 'untrained' },
    { title: `Chest, ${few} from scratch`, target: 'chest', weightsOf: scratch },
  ],
  section,
  questions: [
    {
      id: 'latent',
      question: 'Latent space by PCA and t-SNE: what separates, what does not?',
      code: [
        place('embedding', 'nn/src/nets/practical-net.ts', 'embed(x: Tensor): Tensor'),
        place('PCA', 'experiments/src/embedding/pca.ts', 'export function pca('),
        place('t-SNE', 'experiments/src/embedding/tsne.ts', 'export function tsne('),
        place('separation', 'metrics/src/separation.ts', 'export function measureSeparation('),
      ],
      answer,
    },
  ],
} as const satisfies Task;

function section(context: Context): Part {
  const { embeddings } = context.results;
  const chest = embeddings.filter((s) => s.target === 'chest');
  if (chest.length === 0) return undefined;
  const shown = shownChestSpace(context) ?? chest[0];
  return html`${paragraph(
    `The ${shown.d} activations before the linear head were read out for ${whole(shown.n)} test images ` +
      `of ${context.names.chest.long}.`,
    originOf(context, shown),
    `PCA is by eigenvectors of the covariance; t-SNE uses perplexity ${decimal(shown.tsne.perplexity, 0)} ` +
      `and ends at a Kullback-Leibler divergence of ${decimal(shown.tsne.klDivergence, 2)}.`,
    chest.length > 1 &&
      'Nets trained in later tasks are shown beside it on the same images; the table names the net, ' +
        'seed and epoch of each.',
  )}
${figure(context, 'chest-pca')}
${figure(context, 'chest-tsne')}
${separationTable(
  context,
  chest.map(({ id }) => id),
)}
${answered(
  'What separates, what does not?',
  shown.id !== scratch &&
    paragraph(`Task 1a’s net was not embedded in this run; this is said of “${shown.title}”.`),
  ...separationAnswer(shown),
  trainingAdds(chest, shown),
  paragraph('In the t-SNE pictures only neighbourhoods mean something: gaps and sizes of groups do not.'),
)}`;
}

/** What training did to the space, where the untrained net was embedded too. */
function trainingAdds(chest: readonly EmbeddingSituation[], shown: EmbeddingSituation): Part {
  const untrained = chest.find((s) => s.id === 'chest-untrained');
  if (!untrained || untrained === shown) return undefined;
  const { gap: gain, noise, verdict } = probeDifference(shown, untrained);
  return paragraph(
    `An untrained net of the same shape has a probe AUC of ${decimal(untrained.separation.probeAuc)} ` +
      `and a silhouette of ${decimal(untrained.separation.silhouette)} on the same images:`,
    verdict === 'higher'
      ? `training added ${decimal(gain)} of probe AUC.`
      : verdict === 'lower'
        ? `training took ${decimal(-gain)} of probe AUC away, so what so few labels teach does not carry ` +
          'to other images.'
        : `the difference of ${signed(gain)} is within the ${decimal(noise)} that the choice of ` +
          `${whole(shown.n)} images alone explains.`,
  );
}

/** The chest space that 1b speaks of: that of task 1a's net where it was embedded. */
export function shownChestSpace({ results }: Context): EmbeddingSituation | undefined {
  const chest = results.embeddings.filter((s) => s.target === 'chest');
  return chest.find((s) => s.id === scratch) ?? chest[0];
}

/** Which net, seed and epoch a latent space is read from, and why that one. */
function originOf({ results }: Context, { net, id, seed }: EmbeddingSituation): string {
  if (!net) return `The net is “${id}” of seed ${seed}, at the epoch that was restored.`;
  if (net.epochs === 0) return `The net has its initial weights (seed ${net.seed}).`;
  const at = `The points are of “${net.name}”, seed ${net.seed}, as restored from epoch ${net.epoch} of ${net.epochs}`;
  if (net.valAuc === undefined) return `${at}.`;
  const row = results.rows.find(({ variant, seed: s }) => variant === net.variant && s === net.seed);
  const passed = results.rows.filter(
    (one) => one.variant === id && one !== row && (keptUntrained(one) || !provenToRank(one)),
  );
  const why =
    passed.length === 0
      ? ''
      : ` (${passed.length === 1 ? 'the net' : 'nets'} of seed ` +
        `${passed.map((one) => one.seed).join(', ')} kept by ${passed[0].training.monitor} learnt nothing ` +
        'that validation can show, and would show little but initial weights)';
  const learnt =
    row && !aboveChance(row.val)
      ? ', which is not shown to be above chance: no net of this run did better'
      : '';
  return `${at}, with validation AUC ${decimal(net.valAuc)}${learnt}${why}.`;
}

function answer(context: Context) {
  const shownSpace = shownChestSpace(context);
  const points = context.results.embeddedPoints.chest;
  if (!shownSpace) return undefined;
  return {
    text: paragraph(originOf(context, shownSpace), ...separationInShort(shownSpace)),
    figure:
      points &&
      spaceStrip(
        'answer-latent',
        `The same ${shownSpace.n} test images of ${context.names.chest.short} by PCA and t-SNE`,
        shownSpace,
        points,
      ),
  };
}
