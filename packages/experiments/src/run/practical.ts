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
import { describeDevice, openRuntime } from '@glassbox/tensor-core';
import { chosenDeviceTable, deviceOf } from '@glassbox/tensor-core/command-line';
import { projectVersion } from '../platform/node.ts';
import { buildSubmissionZip, type RunResults } from '../report/index.ts';
import { InterruptedError } from '../training/context.ts';
import { describeFile } from '../training/data.ts';
import { loadDatasets } from '../training/find-data.ts';
import { checkSameData, openInterrupted, resumedOptions, writeConfig } from './config.ts';
import { RunFolder } from './folder.ts';
import type { PracticalOptions } from './options.ts';
import { projectCode } from './project-files.ts';
import { submissionFiles } from './submission.ts';
import { prepareRun, trainRun } from './train-run.ts';
import { writeReport } from './write-report.ts';

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
  seed: required(whole(0)),
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
  using folder = resumed?.folder ?? RunFolder.create(asked.out ?? defaultFolder());
  const options = resumed ? resumedOptions(resumed.config, asked) : asked;
  const sets = await loadDatasets(options, note);
  const files = [describeFile('chest', sets.chest), describeFile('pneumonia', sets.pneumonia)];
  if (resumed) checkSameData(resumed.config, files);
  if (!resumed) await writeConfig(folder, { options, data: files, command });
  const runtime = await openRuntime(deviceOf(options));
  const { device } = runtime;
  note(`device    ${describeDevice(device.info)}`);
  note(`folder    ${folder.path}`);
  const started = performance.now();
  const began = resumed?.config.command ?? command;
  const run = prepareRun({
    runtime,
    folder,
    sets,
    tasks: options.tasks,
    budget: options.budget,
    seeds: options.seeds,
    seed: options.seed,
    versions: versions(),
    ...(began ? { command: began } : {}),
    ...(resumed ? { resumed: true } : {}),
    signal,
    note,
  });
  const { results } = run;
  try {
    await trainRun(run);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw new RunFailedError(error, folder.path);
    results.warnings.push(`Interrupted during ${error.message}; --resume with this folder goes on`);
  } finally {
    results.durationSeconds = (performance.now() - started) / 1000;
    results.measuredTiles = runtime.tiles?.inUse();
    await runtime.destroy().catch(() => {});
  }
  try {
    await writeReport(run);
    await folder.write('submission.zip', buildSubmissionZip(submissionFiles(folder, results, projectCode())));
  } catch (error) {
    throw new RunFailedError(error, folder.path);
  }
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

function versions(): Record<string, string> {
  return { glassbox: projectVersion(), node: process.versions.node };
}
