import { Autoencoder, PracticalNet, predict } from '@glassbox/nn';
import { compareEmbeddings, describeEmbedding } from '../embedding/index.ts';
import { keptUntrained, provenToRank } from '../report/learning.ts';
import type {
  EmbeddedNet,
  EmbeddingSimilarity,
  EmbeddingSituation,
  ResultRow,
  RunResults,
  Target,
  TaskId,
} from '../report/results.ts';
import type { TaskContext } from './context.ts';
import type { LabelWords } from './data.ts';
import { loadNet, withWeights } from './train.ts';

/** A net whose embedding of one target's test images is looked at. */
export interface Situation {
  readonly id: string;
  readonly title: string;
  readonly task: TaskId;
  readonly target: Target;
  /** The trained row, `autoencoder` for its encoder, or `untrained` for a net with its initial weights. */
  readonly weightsOf: string;
}

/** Every latent space of the practical; `words` are for their titles. */
export const situations = ({ few, all }: LabelWords): readonly Situation[] => [
  {
    id: 'chest-untrained',
    title: 'Chest, untrained net',
    task: '1b',
    target: 'chest',
    weightsOf: 'untrained',
  },
  {
    id: '1a-scratch',
    title: `Chest, ${few} from scratch`,
    task: '1b',
    target: 'chest',
    weightsOf: '1a-scratch',
  },
  {
    id: 'chest-autoencoder',
    title: 'Chest, autoencoder (no labels)',
    task: '1c',
    target: 'chest',
    weightsOf: 'autoencoder',
  },
  {
    id: '1c-autoencoder',
    title: `Chest, autoencoder then ${few}`,
    task: '1c',
    target: 'chest',
    weightsOf: '1c-autoencoder',
  },
  { id: '2-chest-all', title: `Chest, ${all}`, task: '2', target: 'chest', weightsOf: '2-chest-all' },
  {
    id: '2-pneumonia-scratch',
    title: 'Pneumonia, from scratch',
    task: '2',
    target: 'pneumonia',
    weightsOf: '2-pneumonia-scratch',
  },
  {
    id: '2a-frozen-bn-eval',
    title: 'Pneumonia, frozen encoder',
    task: '2a',
    target: 'pneumonia',
    weightsOf: '2a-frozen-bn-eval',
  },
  {
    id: '2a-frozen-bn-reestimated',
    title: 'Pneumonia, frozen, batch norm re-estimated',
    task: '2a',
    target: 'pneumonia',
    weightsOf: '2a-frozen-bn-reestimated',
  },
  {
    id: '2b-trainable',
    title: 'Pneumonia, trainable encoder',
    task: '2b',
    target: 'pneumonia',
    weightsOf: '2b-trainable',
  },
  {
    id: '3-linear-probe-fine-tune',
    title: 'Pneumonia, linear probe then fine-tune',
    task: '3',
    target: 'pneumonia',
    weightsOf: '3-linear-probe-fine-tune',
  },
  {
    id: '3-gradual-unfreezing',
    title: 'Pneumonia, gradual unfreezing',
    task: '3',
    target: 'pneumonia',
    weightsOf: '3-gradual-unfreezing',
  },
  {
    id: '3-discriminative-rates',
    title: 'Pneumonia, discriminative rates',
    task: '3',
    target: 'pneumonia',
    weightsOf: '3-discriminative-rates',
  },
  {
    id: '3-warm-up',
    title: 'Pneumonia, learning-rate warm-up',
    task: '3',
    target: 'pneumonia',
    weightsOf: '3-warm-up',
  },
];

/** At most this many test images are embedded: t-SNE's time grows with their square. */
const mostPoints = 700;

/** Row numbers of the test images that every situation of a target shows. */
export function embeddedRows({ data }: TaskContext, target: Target): number[] {
  const count = data[target].test.rows.length;
  return Array.from({ length: Math.min(count, mostPoints) }, (_, row) => row);
}

interface Described {
  readonly situation: EmbeddingSituation;
  /** The embedding itself, row by row. */
  readonly points: number[];
  readonly d: number;
}

/**
 * The net that shows a situation: of the wanted seed where it learnt something, else the one of the same training
 * that was kept by AUC, else another seed's. A net that was kept untrained would show nothing but its initial
 * weights.
 */
export function chooseNet({ weightsOf }: Situation, results: RunResults, wanted: number): EmbeddedNet {
  if (weightsOf === 'untrained') {
    return { variant: weightsOf, name: 'initial weights', seed: wanted, epoch: 0, epochs: 0 };
  }
  if (weightsOf === 'autoencoder') {
    const found = results.autoencoders.find(({ seed }) => seed === wanted) ?? results.autoencoders[0];
    const { seed, bestEpoch: epoch, epochs } = found;
    return { variant: weightsOf, name: 'Autoencoder', seed, epoch, epochs };
  }
  const variants = [weightsOf, `${weightsOf}-kept-by-auc`];
  const candidates = results.rows
    .filter(({ variant }) => variants.includes(variant))
    .sort(
      (a, b) =>
        Number(b.seed === wanted) - Number(a.seed === wanted) ||
        a.seed - b.seed ||
        variants.indexOf(a.variant) - variants.indexOf(b.variant),
    );
  const highest = (rows: readonly ResultRow[]): ResultRow =>
    rows.reduce((best, row) => (row.val.auc > best.val.auc ? row : best));
  const row = candidates.find((one) => provenToRank(one) && !keptUntrained(one)) ?? highest(candidates);
  const { variant, name, seed, bestEpoch: epoch, epochs } = row;
  return { variant, name, seed, epoch, epochs, valAuc: row.val.auc };
}

/**
 * The seed by which most situations show a net that learnt something: spaces of one seed can be held against each
 * other.
 */
export function chooseSeed(shown: readonly Situation[], results: RunResults): number {
  const fit = (seed: number) =>
    shown.filter(({ weightsOf }) =>
      results.rows.some(
        (row) => row.seed === seed && row.variant === weightsOf && provenToRank(row) && !keptUntrained(row),
      ),
    ).length;
  return results.seeds.reduce((best, seed) => (fit(seed) > fit(best) ? seed : best));
}

/** Embeds the test images by one situation's net and measures the space; finds it done where it is. */
export function describeSituation(
  context: TaskContext,
  situation: Situation,
  net: EmbeddedNet,
): Promise<Described> {
  const { variant, seed } = net;
  return context.folder.stage(`embedding-${situation.id}-of-${variant}-seed${seed}`, async () => {
    const { id, task, target } = situation;
    const title =
      variant === `${situation.weightsOf}-kept-by-auc` ? `${situation.title}, kept by AUC` : situation.title;
    const rows = embeddedRows(context, target);
    const { labels, testImages, test } = context.data[target];
    const model = await embedder(context, variant, seed);
    const { values, width } = await predict(model, test, { compute: (images) => model.embed(images) });
    const points = values.subarray(0, rows.length * width);
    const pixels = context.data[target].dataset.imageSize ** 2;
    const brightness = rows.map((row) => mean(testImages.subarray(row * pixels, (row + 1) * pixels)));
    const described = describeEmbedding({ id, title, task, target, seed, net }, points, rows.length, width, {
      labels: rows.map((row) => labels.test[row]),
      brightness,
      starts: 1,
    });
    context.note(
      `  ${title}: silhouette ${described.separation.silhouette.toFixed(3)}, k-NN ${described.separation.knnAccuracy.toFixed(3)}, linear probe ${described.separation.probeAccuracy.toFixed(3)}`,
    );
    return {
      situation: described,
      points: Array.from(points, (value) => Number(value.toPrecision(7))),
      d: width,
    };
  });
}

/** How alike each two embeddings of the same points are. */
export function compareSituations(described: readonly Described[]): EmbeddingSimilarity[] {
  const pairs: EmbeddingSimilarity[] = [];
  for (const [index, a] of described.entries()) {
    for (const b of described.slice(index + 1)) {
      if (a.situation.target !== b.situation.target) continue;
      const named = ({ situation, points, d }: Described) => ({
        id: situation.id,
        points: Float32Array.from(points),
        d,
      });
      pairs.push(compareEmbeddings(named(a), named(b), a.situation.n));
    }
  }
  return pairs;
}

async function embedder(
  context: TaskContext,
  variant: string,
  seed: number,
): Promise<PracticalNet | Autoencoder> {
  if (variant === 'untrained') return new PracticalNet(context.runtime, { seed });
  if (variant !== 'autoencoder') return loadNet(context, variant, seed);
  const net = new Autoencoder(context.runtime, { seed });
  await withWeights(context, 'autoencoder', seed, (weights) => net.loadStateDict(weights));
  return net;
}

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
