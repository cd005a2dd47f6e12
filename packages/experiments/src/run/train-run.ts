/** Trains what the tasks of a run need and looks at the nets: the same in Node and in a page. */
import type { MedMnistDataset } from '@glassbox/medmnist';
import type { Runtime } from '@glassbox/tensor-core';
import { emptyResults, type RunResults, type Target } from '../report/index.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { withPrerequisites } from '../tasks/task.ts';
import { autoencoderStage, trainAutoencoder } from '../training/autoencoder.ts';
import { InterruptedError, type TaskContext } from '../training/context.ts';
import { countImages, describeFile, labelDistributions, labelWords, prepareData } from '../training/data.ts';
import {
  chooseNet,
  chooseSeed,
  compareSituations,
  describeSituation,
  embeddedRows,
  type Situation,
} from '../training/latent-spaces.ts';
import { type Budget, protocols } from '../training/recipe.ts';
import { rowStage, trainRow } from '../training/train.ts';
import type { RunWatcher } from '../training/watch.ts';
import { plan, planRun, type Training } from './plan.ts';
import { type PlannedTraining, RunProgress } from './progress.ts';
import type { RunStore } from './store.ts';

/** What a run is made of. */
export interface RunSetup {
  readonly runtime: Runtime;
  readonly folder: RunStore;
  readonly sets: Readonly<Record<Target, MedMnistDataset>>;
  /** Ids of the tasks that are asked for. */
  readonly tasks: readonly string[];
  readonly budget: Budget;
  /** Number of seeds: seed … seed+seeds-1. */
  readonly seeds: number;
  /** The first seed; default 0. */
  readonly seed?: number;
  /** Of the project and what it runs on, for the report. */
  readonly versions: Readonly<Record<string, string>>;
  /** The command that began the run, for the report. */
  readonly command?: string;
  /** True for a run that goes on with an interrupted one. */
  readonly resumed?: boolean;
  /** When aborted, the run ends after the running step and can be resumed. */
  readonly signal: AbortSignal;
  /** Takes each line of progress. */
  readonly note: (line: string) => void;
  readonly watch?: RunWatcher;
}

/** A run that is ready to train. */
export interface PreparedRun {
  readonly context: TaskContext;
  /** Filled while it trains. */
  readonly results: RunResults;
  readonly trainings: readonly Training[];
  readonly planned: readonly PlannedTraining[];
  readonly spaces: readonly Situation[];
}

/** Puts the data on the device and lists the trainings. */
export function prepareRun(setup: RunSetup): PreparedRun {
  const { runtime, folder, sets, budget, signal, note, watch } = setup;
  const { info } = runtime.device;
  const tasks = withPrerequisites(setup.tasks, everyTask);
  const seeds = Array.from({ length: setup.seeds }, (_, each) => (setup.seed ?? 0) + each);
  const results = emptyResults({
    startedAt: new Date().toISOString(),
    device: info.kind,
    adapter: info.adapter,
    budget,
    tasks: tasks.map(({ id }) => id),
    seeds,
    versions: setup.versions,
  });
  results.data = [describeFile('chest', sets.chest), describeFile('pneumonia', sets.pneumonia)];
  results.softwareAdapter = !info.hardware;
  if (setup.command) results.command = setup.command;
  if (setup.resumed) results.resumed = true;
  const protocol = protocols[budget];
  const data = prepareData(runtime, sets, protocol);
  const { trainings, spaces, after } = planRun(setup.tasks, budget, seeds, labelWords(data.chest));
  const counts = countImages(sets, protocol);
  const planned = trainings.map((training) => plan(training, counts, protocol, folder));
  const finished = planned.filter(({ done }) => done).length;
  note(`trainings ${planned.length}${finished > 0 ? `, ${finished} of them finished before` : ''}`);
  const progress = watch
    ? new RunProgress(planned, after, undrawn, watch.progress)
    : new RunProgress(planned, after);
  const context: TaskContext = { runtime, folder, data, protocol, signal, note, progress, watch };
  return { context, results, trainings, planned, spaces };
}

/** No terminal. */
const undrawn = { write: () => {} };

/**
 * Trains what is not trained yet, and looks at the latent spaces.
 * @throws InterruptedError if it was stopped; `results` hold what was finished
 */
export async function trainRun({ context, results, trainings, spaces }: PreparedRun): Promise<void> {
  results.labelDistributions = labelDistributions(context.data);
  for (const { target, labels } of [context.data.chest, context.data.pneumonia]) {
    results.truth[target] = { val: [...labels.val], test: [...labels.test] };
  }
  await trainAll(context, results, trainings);
  await embedAll(context, results, spaces);
  results.complete = true;
}

async function trainAll(
  context: TaskContext,
  results: RunResults,
  trainings: readonly Training[],
): Promise<void> {
  for (const { recipe, seed } of trainings) {
    if (context.signal.aborted) {
      throw new InterruptedError(recipe === 'autoencoder' ? 'autoencoder' : recipe.name);
    }
    if (recipe === 'autoencoder') {
      const result = await trainAutoencoder(context, seed);
      results.autoencoders.push(result);
      await context.watch?.end(autoencoderStage(seed), result);
    } else {
      const row = await trainRow(context, recipe, seed);
      results.rows.push(row);
      await context.watch?.end(rowStage(recipe, seed), row);
    }
  }
}

/** One net for each situation is enough to look at; all of a target's are of one seed where those learnt something. */
async function embedAll(
  context: TaskContext,
  results: RunResults,
  spaces: readonly Situation[],
): Promise<void> {
  const trained = new Set<string>([...results.rows.map(({ variant }) => variant), 'untrained']);
  if (results.autoencoders.length > 0) trained.add('autoencoder');
  const shown = spaces.filter(({ weightsOf }) => trained.has(weightsOf));
  const described = [];
  for (const situation of shown) {
    const seed = chooseSeed(
      shown.filter(({ target }) => target === situation.target),
      results,
    );
    if (context.signal.aborted) throw new InterruptedError(situation.title);
    const space = await describeSituation(context, situation, chooseNet(situation, results, seed));
    context.watch?.space(space.situation);
    described.push(space);
  }
  for (const target of new Set(shown.map((situation) => situation.target))) {
    const indices = embeddedRows(context, target);
    const labels = indices.map((row) => context.data[target].labels.test[row]);
    results.embeddedPoints[target] = { split: 'test', indices, labels };
  }
  results.embeddings = described.map(({ situation }) => situation);
  results.embeddingSimilarities = compareSituations(described);
}
