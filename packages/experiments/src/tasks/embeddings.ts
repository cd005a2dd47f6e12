import { Autoencoder, PracticalNet, predict } from '@glassbox/nn';
import { compareEmbeddings, describeEmbedding } from '../embedding/index.ts';
import type { EmbeddingSimilarity, EmbeddingSituation, Target, TaskId } from '../report/results.ts';
import type { TaskContext } from './context.ts';
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

/** Every latent space of the practical. */
export const situations: readonly Situation[] = [
  {
    id: 'chest-untrained',
    title: 'Chest, untrained net',
    task: '1b',
    target: 'chest',
    weightsOf: 'untrained',
  },
  {
    id: '1a-scratch',
    title: 'Chest, 300 labels from scratch',
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
    title: 'Chest, autoencoder then 300 labels',
    task: '1c',
    target: 'chest',
    weightsOf: '1c-autoencoder',
  },
  { id: '2-chest-all', title: 'Chest, all labels', task: '2', target: 'chest', weightsOf: '2-chest-all' },
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

/** Embeds the test images by one situation's net and measures the space; finds it done where it is. */
export function describeSituation(
  context: TaskContext,
  situation: Situation,
  seed: number,
): Promise<Described> {
  return context.folder.stage(`embedding-${situation.id}-seed${seed}`, async () => {
    const { id, title, task, target, weightsOf } = situation;
    const rows = embeddedRows(context, target);
    const { labels, testImages, test } = context.data[target];
    const net = await embedder(context, weightsOf, seed);
    const { values, width } = await predict(net, test, { compute: (images) => net.embed(images) });
    const points = values.subarray(0, rows.length * width);
    const pixels = context.data[target].dataset.imageSize ** 2;
    const brightness = rows.map((row) => mean(testImages.subarray(row * pixels, (row + 1) * pixels)));
    const described = describeEmbedding({ id, title, task, target, seed }, points, rows.length, width, {
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
  weightsOf: string,
  seed: number,
): Promise<PracticalNet | Autoencoder> {
  if (weightsOf === 'untrained') return new PracticalNet(context.runtime, { seed });
  if (weightsOf !== 'autoencoder') return loadNet(context, weightsOf, seed);
  const net = new Autoencoder(context.runtime, { seed });
  await withWeights(context, 'autoencoder', seed, (weights) => net.loadStateDict(weights));
  return net;
}

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
