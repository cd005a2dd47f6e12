import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  anything,
  callback,
  checkOptions,
  flag,
  instance,
  type OptionTable,
  oneOf,
  required,
  text,
  whole,
} from '@glassbox/options';
import { describeDevice, openRuntime } from '@glassbox/tensor-core';
import { chosenDeviceTable, deviceOf } from '@glassbox/tensor-core/command-line';
import { writeFigures } from '../figures/index.ts';
import { codeText, linkedFiles } from '../report/code.ts';
import {
  analyse,
  buildAnswers,
  buildReport,
  buildSubmissionZip,
  emptyResults,
  type RunResults,
  serializeResults,
  TASK_IDS,
} from '../report/index.ts';
import { autoencoderStage, trainAutoencoder } from '../tasks/autoencoder.ts';
import { InterruptedError, type TaskContext } from '../tasks/context.ts';
import {
  describeFile,
  labelDistributions,
  labelWords,
  loadDatasets,
  type PracticalData,
  prepareData,
} from '../tasks/data.ts';
import {
  chooseNet,
  chooseSeed,
  compareSituations,
  describeSituation,
  embeddedRows,
  situations,
} from '../tasks/embeddings.ts';
import { type Protocol, protocols, type Recipe, recipes, withPrerequisites } from '../tasks/recipes.ts';
import { collectTestImages } from '../tasks/test-images.ts';
import { rowStage, trainRow } from '../tasks/train.ts';
import { checkSameData, openInterrupted, resumedOptions, writeConfig } from './config.ts';
import { RunFolder } from './folder.ts';
import type { PracticalOptions } from './options.ts';
import { type PlannedTraining, RunProgress } from './progress.ts';
import { submissionFiles } from './submission.ts';

/** What a finished or interrupted run left. */
export interface PracticalOutcome {
  readonly folder: string;
  readonly results: RunResults;
}

/** What watches a run. */
export interface RunControls {
  /** When aborted, the run ends after the running step and can be resumed. */
  readonly signal: AbortSignal;
  /** Takes each line of progress. */
  readonly note: (line: string) => void;
  /** The command line, for the report. */
  readonly command?: string;
}

const controlNames: OptionTable<RunControls> = {
  signal: required(instance(() => AbortSignal, 'an AbortSignal')),
  note: required(callback),
  command: text,
};
const optionNames: OptionTable<PracticalOptions> = {
  tasks: required(anything),
  ...chosenDeviceTable,
  data: required(text),
  chest: text,
  pneumonia: text,
  budget: required(oneOf('quick', 'full')),
  seeds: required(whole(1)),
  out: text,
  resume: text,
  download: required(flag),
};

/**
 * Runs the practical: trains what the tasks need, seed by seed, and leaves results, figures and a report in the run
 * folder, also when interrupted.
 */
export async function runPractical(
  asked: PracticalOptions,
  controls: RunControls,
): Promise<PracticalOutcome> {
  checkOptions('runPractical', asked, optionNames);
  checkOptions('runPractical', controls, controlNames);
  const { signal, note, command } = controls;
  const resumed = asked.resume ? openInterrupted(asked.resume) : undefined;
  const options = resumed ? resumedOptions(resumed.config, asked) : asked;
  const folder = resumed?.folder ?? RunFolder.create(options.out ?? defaultFolder());
  const sets = await loadDatasets(options, note);
  const files = [describeFile('chest', sets.chest), describeFile('pneumonia', sets.pneumonia)];
  if (resumed) checkSameData(resumed.config, files);
  if (!resumed) await writeConfig(folder, { options, data: files, command });
  const runtime = await openRuntime(deviceOf(options));
  const { device } = runtime;
  note(`device    ${describeDevice(device.info)}`);
  note(`folder    ${folder.path}`);
  const started = performance.now();
  const tasks = withPrerequisites(options.tasks, TASK_IDS);
  const seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
  const results = emptyResults({
    startedAt: new Date().toISOString(),
    device: device.info.kind,
    adapter: device.info.adapter,
    budget: options.budget,
    tasks: [...tasks],
    seeds,
    versions: versions(),
  });
  results.data = files;
  results.softwareAdapter = !device.info.hardware;
  const began = resumed?.config.command ?? command;
  if (began) results.command = began;
  if (resumed) results.resumed = true;
  const protocol = protocols[options.budget];
  const data = prepareData(runtime, sets, protocol);
  const words = labelWords(data.chest);
  const trainings = trainingsOf(recipes(protocol, words), tasks, seeds);
  const planned = trainings.map((training) => plan(training, data, protocol, folder));
  const finished = planned.filter(({ done }) => done).length;
  note(`trainings ${planned.length}${finished > 0 ? `, ${finished} of them finished before` : ''}`);
  const shown = situations(words).filter(({ task }) => tasks.includes(task)).length;
  const progress = new RunProgress(planned, shown * secondsPerEmbedding + secondsOfReport);
  const context: TaskContext = { runtime, folder, data, protocol, signal, note, progress };
  try {
    results.labelDistributions = labelDistributions(context.data);
    for (const { target, labels } of [context.data.chest, context.data.pneumonia]) {
      results.truth[target] = { val: [...labels.val], test: [...labels.test] };
    }
    await trainAll(context, results, trainings);
    await embedAll(context, results, tasks);
    results.complete = true;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw new RunFailedError(error, folder.path);
    results.warnings.push(`Interrupted during ${error.message}; --resume with this folder goes on`);
  } finally {
    results.durationSeconds = (performance.now() - started) / 1000;
    results.measuredTiles = runtime.tiles?.inUse();
    await runtime.destroy().catch(() => {});
  }
  results.testImages = collectTestImages(context, results);
  await writeReport(folder, results, note).catch((error: unknown) => {
    throw new RunFailedError(error, folder.path);
  });
  return { folder: folder.path, results };
}

/**
 * A run that cannot go on: the reason, then how to go on once its cause is gone. What was finished lies in the folder.
 */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';

  constructor(cause: unknown, folder: string) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const full = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
    super(
      `${said}${full ? ' (the disk is full: free some space)' : ''}\nWhat was finished is kept. Once this is fixed, go on with: npm run practical -- --resume ${folder}`,
      { cause },
    );
  }
}

function defaultFolder(): string {
  return resolve('runs', new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-'));
}

/** About what comes after the trainings takes, for the time left (two cores). */
const secondsPerEmbedding = 2;
const secondsOfReport = 5;

/** One training of the run: a row of the results, or the autoencoder that rows begin with. */
type Training = { readonly seed: number; readonly recipe: Recipe | 'autoencoder' };

/** Every training, in the order in which they can be done. */
function trainingsOf(all: readonly Recipe[], tasks: readonly string[], seeds: readonly number[]): Training[] {
  const wanted = all.filter(
    ({ task, variant }) => tasks.includes(task) || (variant === '2-chest-all' && tasks.includes('2')),
  );
  return seeds.flatMap((seed) => {
    const first = wanted.find(({ encoderOf }) => encoderOf === 'autoencoder');
    return wanted.flatMap((recipe): Training[] => [
      ...(recipe === first ? [{ seed, recipe: 'autoencoder' as const }] : []),
      { seed, recipe },
    ]);
  });
}

function plan(
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

async function trainAll(
  context: TaskContext,
  results: RunResults,
  trainings: readonly Training[],
): Promise<void> {
  for (const { recipe, seed } of trainings) {
    if (context.signal.aborted) {
      throw new InterruptedError(recipe === 'autoencoder' ? 'autoencoder' : recipe.name);
    }
    if (recipe === 'autoencoder') results.autoencoders.push(await trainAutoencoder(context, seed));
    else results.rows.push(await trainRow(context, recipe, seed));
  }
}

/** One net for each situation is enough to look at; all of a target's are of one seed where those learnt something. */
async function embedAll(context: TaskContext, results: RunResults, tasks: readonly string[]): Promise<void> {
  const trained = new Set<string>([...results.rows.map(({ variant }) => variant), 'untrained']);
  if (results.autoencoders.length > 0) trained.add('autoencoder');
  const shown = situations(labelWords(context.data.chest)).filter(
    ({ task, weightsOf }) => tasks.includes(task) && trained.has(weightsOf),
  );
  const described = [];
  for (const situation of shown) {
    const seed = chooseSeed(
      shown.filter(({ target }) => target === situation.target),
      results,
    );
    if (context.signal.aborted) throw new InterruptedError(situation.title);
    described.push(await describeSituation(context, situation, chooseNet(situation, results, seed)));
  }
  for (const target of new Set(shown.map((situation) => situation.target))) {
    const indices = embeddedRows(context, target);
    const labels = indices.map((row) => context.data[target].labels.test[row]);
    results.embeddedPoints[target] = { split: 'test', indices, labels };
  }
  results.embeddings = described.map(({ situation }) => situation);
  results.embeddingSimilarities = compareSituations(described);
}

async function writeReport(
  folder: RunFolder,
  results: RunResults,
  note: (line: string) => void,
): Promise<void> {
  note('writing figures and report');
  const json = serializeResults(results);
  await folder.write('results.json', json);
  const analysis = analyse(results);
  writeFigures(results, folder.file('figures'), analysis);
  await folder.write('report.html', buildReport(results, analysis));
  await folder.write('answers.html', buildAnswers(results, analysis));
  // The answers link to files and lines: those lie beside them in the folder as in the submission.
  for (const file of linkedFiles()) await folder.write(join('code', file), codeText(file));
  await folder.write('submission.zip', buildSubmissionZip(submissionFiles(folder.path, results)));
}

function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { glassbox: version, node: process.versions.node };
}
