import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
import { type Device, openRuntime } from '@glassbox/tensor-core';
import { writeFigures } from '../figures/index.ts';
import {
  analyse,
  buildReport,
  buildSubmissionZip,
  emptyResults,
  type RunResults,
  serializeResults,
  TASK_IDS,
} from '../report/index.ts';
import { trainAutoencoder } from '../tasks/autoencoder.ts';
import { InterruptedError, type TaskContext } from '../tasks/context.ts';
import { describeFile, labelDistributions, loadDatasets, prepareData } from '../tasks/data.ts';
import { compareSituations, describeSituation, embeddedRows, situations } from '../tasks/embeddings.ts';
import { protocols, recipes, withPrerequisites } from '../tasks/recipes.ts';
import { trainRow } from '../tasks/train.ts';
import { checkSameData, openInterrupted } from './config.ts';
import { RunFolder } from './folder.ts';
import type { PracticalOptions } from './options.ts';
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
  device: required(anything),
  adapter: required(anything),
  threads: anything,
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
  const options = resumed ? { ...resumed.config.options, resume: asked.resume } : asked;
  const folder = resumed?.folder ?? RunFolder.create(options.out ?? defaultFolder());
  const sets = await loadDatasets(options, note);
  const files = [describeFile('chest', sets.chest), describeFile('pneumonia', sets.pneumonia)];
  if (resumed) checkSameData(resumed.config, files);
  if (!resumed) await folder.writeJson('config.json', { options, data: files });
  const { device: kind, adapter, threads } = options;
  const runtime = await openRuntime({ device: kind, adapter, threads });
  const { device } = runtime;
  note(`device    ${describeDevice(device)}`);
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
  if (command) results.command = command;
  if (resumed) results.resumed = true;
  const protocol = protocols[options.budget];
  const context: TaskContext = {
    runtime,
    folder,
    data: prepareData(runtime, sets, protocol),
    protocol,
    signal,
    note,
  };
  try {
    results.labelDistributions = labelDistributions(context.data);
    for (const { target, labels } of [context.data.chest, context.data.pneumonia]) {
      results.truth[target] = { val: [...labels.val], test: [...labels.test] };
    }
    await trainAll(context, results, tasks, seeds);
    await embedAll(context, results, tasks);
    results.complete = true;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw new RunFailedError(error, folder.path);
    results.warnings.push(
      `Interrupted during ${error.message}; go on with: npm run practical -- --resume ${folder.path}`,
    );
  } finally {
    results.durationSeconds = (performance.now() - started) / 1000;
    results.measuredTiles = runtime.tiles?.inUse();
    await runtime.destroy().catch(() => {});
  }
  await writeReport(folder, results, note).catch((error: unknown) => {
    throw new RunFailedError(error, folder.path);
  });
  return { folder: folder.path, results };
}

/**
 * A run that cannot go on: the reason, then how to go on once it is mended. What was finished lies in the folder.
 */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';

  constructor(cause: unknown, folder: string) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const full = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
    super(
      `${said}${full ? ' (the disk is full: free some space)' : ''}\nWhat was finished is kept. Once this is mended, go on with: npm run practical -- --resume ${folder}`,
      { cause },
    );
  }
}

function defaultFolder(): string {
  return resolve('runs', new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-'));
}

async function trainAll(
  context: TaskContext,
  results: RunResults,
  tasks: readonly string[],
  seeds: readonly number[],
): Promise<void> {
  const wanted = recipes(context.protocol).filter(
    ({ task, variant }) => tasks.includes(task) || (variant === '2-chest-all' && tasks.includes('2')),
  );
  for (const seed of seeds) {
    for (const recipe of wanted) {
      if (context.signal.aborted) throw new InterruptedError(recipe.name);
      if (recipe.encoderOf === 'autoencoder' && results.autoencoders.every((one) => one.seed !== seed)) {
        results.autoencoders.push(await trainAutoencoder(context, seed));
      }
      results.rows.push(await trainRow(context, recipe, seed));
    }
  }
}

/** Embeddings of the first seed: one net for each situation is enough to look at. */
async function embedAll(context: TaskContext, results: RunResults, tasks: readonly string[]): Promise<void> {
  const trained = new Set<string>([...results.rows.map(({ variant }) => variant), 'untrained']);
  if (results.autoencoders.length > 0) trained.add('autoencoder');
  const shown = situations.filter(({ task, weightsOf }) => tasks.includes(task) && trained.has(weightsOf));
  const described = [];
  for (const situation of shown) {
    if (context.signal.aborted) throw new InterruptedError(situation.title);
    described.push(await describeSituation(context, situation, 0));
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
  const report = buildReport(results, analysis);
  await folder.write('report.html', report);
  await folder.write('submission.zip', buildSubmissionZip(submissionFiles(folder.path)));
}

function describeDevice({ info }: Device): string {
  const kind =
    info.kind === 'wasm'
      ? `wasm, ${info.threads} threads`
      : `webgpu, ${info.hardware ? 'GPU' : 'software adapter (no GPU was found)'}`;
  return `${kind}: ${info.adapter}`;
}

function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { glassbox: version, node: process.versions.node };
}
