/** Every training of a run, in its order. */
import { autoencoderStage } from '../training/autoencoder.ts';
import type { PracticalData } from '../training/data.ts';
import type { Protocol, Recipe } from '../training/recipe.ts';
import { rowStage } from '../training/train.ts';
import type { RunFolder } from './folder.ts';
import type { PlannedTraining } from './progress.ts';

/** One training of the run: a row of the results, or the autoencoder that rows begin with. */
export interface Training {
  readonly seed: number;
  readonly recipe: Recipe | 'autoencoder';
}

/** Every training, in the order in which they can be done. */
export function trainingsOf(recipes: readonly Recipe[], seeds: readonly number[]): Training[] {
  const first = recipes.find(({ encoderOf }) => encoderOf === 'autoencoder');
  return seeds.flatMap((seed) =>
    recipes.flatMap((recipe): Training[] => [
      ...(recipe === first ? [{ seed, recipe: 'autoencoder' as const }] : []),
      { seed, recipe },
    ]),
  );
}

/** What the progress line needs to know of a training. */
export function plan(
  { recipe, seed }: Training,
  data: PracticalData,
  protocol: Protocol,
  folder: RunFolder,
): PlannedTraining {
  const id = recipe === 'autoencoder' ? autoencoderStage(seed) : rowStage(recipe, seed);
  const done = folder.has('stages', `${id}.json`);
  if (recipe === 'autoencoder') {
    const { autoencoderEpochs: epochs } = protocol;
    return { id, done, kind: 'autoencoder', images: data.unlabelled.rows.length, epochs };
  }
  const headOnly = recipe.phases.every(({ layers }) => layers(Number.POSITIVE_INFINITY).length === 1);
  return {
    id,
    done,
    kind: headOnly ? 'head' : 'net',
    images: recipe.firstImages ?? data[recipe.target].train.rows.length,
    epochs: recipe.phases.reduce((sum, phase) => sum + phase.epochs, 0),
  };
}
