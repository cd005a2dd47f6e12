/** Every training of a run, in its order. */

import { tasks as everyTask } from '../tasks/index.ts';
import { latentSpacesOf, recipesOf, withPrerequisites } from '../tasks/task.ts';
import { autoencoderStage } from '../training/autoencoder.ts';
import type { ImageCounts, LabelWords } from '../training/data.ts';
import type { Situation } from '../training/latent-spaces.ts';
import { type Budget, type Protocol, protocols, type Recipe } from '../training/recipe.ts';
import { rowStage } from '../training/train.ts';
import { cost, type PlannedTraining } from './progress.ts';
import { type RunStore, stageFile } from './store.ts';

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

/** What the progress line needs to know of a training. @param folder where finished ones are kept */
export function plan(
  { recipe, seed }: Training,
  counts: ImageCounts,
  protocol: Protocol,
  folder?: RunStore,
): PlannedTraining {
  const id = recipe === 'autoencoder' ? autoencoderStage(seed) : rowStage(recipe, seed);
  const done = folder?.has(stageFile(id)) ?? false;
  if (recipe === 'autoencoder') {
    const { autoencoderEpochs: epochs } = protocol;
    return { id, done, kind: 'autoencoder', cost: cost.autoencoder, images: counts.unlabelled, epochs };
  }
  const headOnly = recipe.phases.every(({ layers }) => layers(Number.POSITIVE_INFINITY).length === 1);
  const kind = headOnly ? 'head' : 'net';
  return {
    id,
    done,
    kind,
    cost: cost[kind],
    images: recipe.firstImages ?? counts[recipe.target],
    epochs: recipe.phases.reduce((sum, phase) => sum + phase.epochs, 0),
  };
}

/** What a run of some tasks does, and those that they are built on. */
export interface RunPlan {
  readonly trainings: readonly Training[];
  readonly spaces: readonly Situation[];
  /** Seconds from the last training to the end of the run, about (two cores). */
  readonly after: number;
}

const secondsPerEmbedding = 2;
const secondsOfReport = 5;

/** Lists what is trained and looked at. @param words for the names of rows */
export function planRun(
  asked: readonly string[],
  budget: Budget,
  seeds: readonly number[],
  words?: LabelWords,
): RunPlan {
  const tasks = withPrerequisites(asked, everyTask);
  const spaces = latentSpacesOf(tasks, words);
  return {
    trainings: trainingsOf(recipesOf(tasks, protocols[budget], words), seeds),
    spaces,
    after: spaces.length * secondsPerEmbedding + secondsOfReport,
  };
}
