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
import { buildAnswers, buildReport, writeFigures } from '../pages/index.ts';
import { codeText } from '../report/code.ts';
import {
  analyse,
  buildSubmissionZip,
  emptyResults,
  type RunResults,
  serializeResults,
} from '../report/index.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { codePlaces, latentSpacesOf, recipesOf, withPrerequisites } from '../tasks/task.ts';
import { trainAutoencoder } from '../training/autoencoder.ts';
import { InterruptedError, type TaskContext } from '../training/context.ts';
import { describeFile, labelDistributions, labelWords, loadDatasets, prepareData } from '../training/data.ts';
import {
  chooseNet,
  chooseSeed,
  compareSituations,
  describeSituation,
  embeddedRows,
  type Situation,
} from '../training/latent-spaces.ts';
import { protocols } from '../training/recipe.ts';
import { collectTestImages } from '../training/test-images.ts';
import { trainRow } from '../training/train.ts';
import { checkSameData, openInterrupted, resumedOptions, writeConfig } from './config.ts';
import { RunFolder } from './folder.ts';
import type { PracticalOptions } from './options.ts';
import { plan, type Training, trainingsOf } from './plan.ts';
import { RunProgress } from './progress.ts';
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
  const tasks = withPrerequisites(options.tasks, everyTask);
  const seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
  const results = emptyResults({
    startedAt: new Date().toISOString(),
    device: device.info.kind,
    adapter: device.info.adapter,
    budget: options.budget,
    tasks: tasks.map(({ id }) => id),
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
  const trainings = trainingsOf(recipesOf(tasks, protocol, words), seeds);
  const planned = trainings.map((training) => plan(training, data, protocol, folder));
  const finished = planned.filter(({ done }) => done).length;
  note(`trainings ${planned.length}${finished > 0 ? `, ${finished} of them finished before` : ''}`);
  const spaces = latentSpacesOf(tasks, words);
  const progress = new RunProgress(planned, spaces.length * secondsPerEmbedding + secondsOfReport);
  const context: TaskContext = { runtime, folder, data, protocol, signal, note, progress };
  try {
    results.labelDistributions = labelDistributions(context.data);
    for (const { target, labels } of [context.data.chest, context.data.pneumonia]) {
      results.truth[target] = { val: [...labels.val], test: [...labels.test] };
    }
    await trainAll(context, results, trainings);
    await embedAll(context, results, spaces);
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
      `${said}${full ? ' (the disk is full: free some space)' : ''}\nWhat was finished is kept. Once ` +
        `this is fixed, go on with: npm run practical -- --resume ${folder}`,
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
  const linked = codePlaces(everyTask).map(({ file }) => file);
  for (const file of new Set(linked)) await folder.write(join('code', file), codeText(file));
  await folder.write('submission.zip', buildSubmissionZip(submissionFiles(folder.path, results)));
}

function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { glassbox: version, node: process.versions.node };
}
