import { Autoencoder, PracticalNet, predict } from '@glassbox/nn';
import { compareEmbeddings, describeEmbedding } from '../embedding/index.ts';
import { keptUntrained, provenToRank } from '../report/learning.ts';
import {
  byAuc,
  type EmbeddedNet,
  type EmbeddingSimilarity,
  type EmbeddingSituation,
  type ResultRow,
  type RunResults,
  type Target,
} from '../report/results.ts';
import type { TaskContext } from './context.ts';
import { loadNet, withWeights } from './train.ts';

/** A net whose embedding of one target's test images is looked at, as a task writes it. */
export interface TaskSituation {
  readonly title: string;
  readonly target: Target;
  /** The trained row, `autoencoder` for its encoder, or `untrained` for a net with its initial weights. */
  readonly weightsOf: string;
}

/** A latent space of the run. */
export interface Situation extends TaskSituation {
  readonly id: string;
  /** Id of the task that looks at it. */
  readonly task: string;
}

/** Row numbers of the test images that every situation of a target shows. */
export function embeddedRows({ data, protocol }: TaskContext, target: Target): number[] {
  const count = data[target].test.rows.length;
  return Array.from({ length: Math.min(count, protocol.embeddedImages) }, (_, row) => row);
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
  const variants = [weightsOf, byAuc(weightsOf)];
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
      variant === byAuc(situation.weightsOf) ? `${situation.title}, kept by AUC` : situation.title;
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
      `  ${title}: silhouette ${described.separation.silhouette.toFixed(3)}, k-NN ` +
        `${described.separation.knnAccuracy.toFixed(3)}, linear probe ` +
        `${described.separation.probeAccuracy.toFixed(3)}`,
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
  const byTarget = Map.groupBy(described, ({ situation }) => situation.target);
  return [...byTarget.values()].flatMap((alike) => {
    const named = alike.map(({ situation, points, d }) => ({
      id: situation.id,
      points: Float32Array.from(points),
      d,
    }));
    return compareEmbeddings(named, alike[0].situation.n);
  });
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
