/** `npm run medmnist`: every cell of a benchmark, one after another, and the report. */
import { resolve } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { type OpenDataset, parsePredictions } from '@glassbox/medmnist';
import { NonFiniteLossError } from '@glassbox/nn';
import { describeDevice, openRuntime } from '@glassbox/tensor-core';
import { deviceOf } from '@glassbox/tensor-core/command-line';
import { renderPng, standaloneSvg } from '../figures/figure.ts';
import { projectVersion } from '../platform/node.ts';
import { RunFolder } from '../run/folder.ts';
import { RunProgress } from '../run/progress.ts';
import { InterruptedError } from '../training/context.ts';
import { cellsOf, planCell } from './cells.ts';
import { checkSameFiles, filesOf, openInterrupted, subfolders, writeConfig } from './config.ts';
import { type CellPictures, picturesOf } from './figures.ts';
import type { MedmnistOptions } from './options.ts';
import { inputOf, type PreparedSet, prepareSet } from './prepare.ts';
import { type Protocol, protocols } from './protocol.ts';
import { buildBenchmarkReport } from './report.ts';
import type { BenchmarkResults, CellResult, SetSummary } from './results.ts';
import { summaryOf, warningsOf } from './set-summary.ts';
import { type FoundSet, findSets, openSet } from './sets.ts';
import { summarise } from './summary.ts';
import { type BenchmarkContext, runCell } from './train.ts';

/** What watches a run. */
export interface Watch {
  /** When aborted, the run ends after the running step and can be resumed. */
  readonly signal: AbortSignal;
  /** Takes each line of progress. */
  readonly note: (line: string) => void;
}

/** What a finished or interrupted run left. */
export interface BenchmarkOutcome {
  readonly folder: string;
  readonly results: BenchmarkResults;
}

/**
 * Runs the benchmark, or goes on with `asked.resume`: trains what is not trained yet, and writes the results and the
 * report, also if it is interrupted.
 * @param command the command line, for the report
 * @throws UsageError for options and files that cannot be used.
 */
export async function runBenchmark(
  asked: MedmnistOptions,
  watch: Watch,
  command: string,
): Promise<BenchmarkOutcome> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const resumed = asked.resume === undefined ? undefined : openInterrupted(asked.resume, asked);
  using _ = resumed?.folder;
  const options = resumed?.options ?? asked;
  // Before anything is fetched.
  if (!resumed && options.out !== undefined) RunFolder.checkFree(options.out);
  const { sets, sizes, data, weights, protocol: name } = options;
  const found = await findSets(sets, sizes, data, watch.signal);
  const files = await filesOf(found, weights);
  if (resumed) checkSameFiles(resumed.files, files);
  using folder = resumed?.folder ?? RunFolder.create(options.out ?? defaultFolder(), subfolders);
  const began = resumed?.command ?? command;
  if (!resumed) await writeConfig(folder, options, { command, files });
  const runtime = await openRuntime(deviceOf(options));
  const protocol = protocols[name];
  const gathered: Gathered = { sets: [], cells: [], pictures: new Map(), warnings: [] };
  if (options.epochs !== protocol.epochs) {
    const words = `${options.epochs} in place of the protocol's ${protocol.epochs}`;
    gathered.warnings.push(`Number of epochs: ${words}; published cells are of the whole protocol`);
  }
  let complete = true;
  try {
    watch.note(`device    ${describeDevice(runtime.device.info)}`);
    watch.note(`folder    ${folder.path}`);
    const progress = planOf(found, options, protocol, folder);
    const { epochs, activationCheckpointing } = options;
    const context = {
      runtime,
      folder,
      protocol,
      epochs,
      weights,
      activationCheckpointing,
      progress,
      ...watch,
    };
    for (const set of found) await runSet(context, set, options, gathered);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw runFailed(error, folder.path, options);
    complete = false;
    gathered.warnings.push(`Interrupted during ${error.message}; --resume with this folder goes on`);
  } finally {
    await runtime.destroy().catch(() => {});
  }
  const { info } = runtime.device;
  const results: BenchmarkResults = {
    kind: 'medmnist',
    version: 1,
    startedAt,
    durationSeconds: (performance.now() - started) / 1000,
    command: began,
    versions: { glassbox: projectVersion(), node: process.versions.node },
    device: info.kind,
    adapter: info.adapter,
    protocol: { name, epochs: options.epochs, enlargedTo: options.resize ?? null, words: protocol.words },
    sets: gathered.sets,
    cells: gathered.cells,
    summaries: summarise(gathered.cells, gathered.sets, protocol, options.resize),
    warnings: gathered.warnings,
    complete,
  };
  try {
    await write(folder, results, gathered.pictures, watch.note);
  } catch (error) {
    throw runFailed(error, folder.path, options);
  }
  return { folder: folder.path, results };
}

/** What a run has so far. */
interface Gathered {
  readonly sets: SetSummary[];
  readonly cells: CellResult[];
  /** By the cell that they show: the first seed of each net. */
  readonly pictures: Map<string, CellPictures>;
  readonly warnings: string[];
}

function planOf(
  found: readonly FoundSet[],
  options: MedmnistOptions,
  protocol: Protocol,
  folder: RunFolder,
): RunProgress {
  const { epochs, resize } = options;
  const stops = protocol.patience < epochs;
  return new RunProgress(
    found.flatMap(({ set, size, images }) => {
      const { pixels } = inputOf({ channels: 1, imageSize: size, labelNames: [] }, protocol, resize);
      return cellsOf(set, size, options).map((cell) =>
        planCell(cell, { images, pixels, epochs, stops }, folder),
      );
    }),
  );
}

/** Trains the cells of one set, which is open meanwhile; finished ones are read from the folder. */
async function runSet(
  context: BenchmarkContext,
  found: FoundSet,
  options: MedmnistOptions,
  gathered: Gathered,
): Promise<void> {
  let opened: OpenDataset | undefined;
  const open = async () => {
    opened ??= await openSet(found, context.folder.path);
    return opened;
  };
  try {
    await runCells(context, found, options, gathered, open);
  } finally {
    await opened?.close();
  }
}

async function runCells(
  context: BenchmarkContext,
  found: FoundSet,
  options: MedmnistOptions,
  { sets, cells, pictures, warnings }: Gathered,
  open: () => Promise<OpenDataset>,
): Promise<void> {
  const { folder, runtime, protocol, note } = context;
  const summary = await folder.stage(`${found.set}-${found.size}.set`, async () =>
    summaryOf(found, await open()),
  );
  sets.push(summary);
  warnings.push(...warningsOf(summary));
  const { counts } = summary;
  note(`${summary.set}, ${summary.size} pixels: ${counts.train} / ${counts.val} / ${counts.test} images`);
  for (const warning of warningsOf(summary)) note(`Warning: ${warning}`);
  let prepared: PreparedSet | undefined;
  for (const cell of cellsOf(found.set, found.size, options)) {
    if (context.signal.aborted) throw new InterruptedError(cell.id);
    const result = await folder.stage(cell.id, async () => {
      // The net before this one may be large, and nothing else tells the garbage collector so in time.
      await runtime.collectGarbage();
      const dataset = await open();
      requireAuc(dataset, protocol);
      prepared ??= prepareSet(runtime, dataset, protocol, options.resize);
      return runCell(context, cell, prepared);
    });
    cells.push(result);
    noteScores(note, result);
    if (cell.seed > options.seed) continue;
    const drawn = await folder.stage(`${cell.id}.figures`, async () => {
      const { file } = result.kept.best!.test;
      const predictions = parsePredictions(new TextDecoder().decode(folder.read(file)), file);
      return picturesOf(result, await open(), predictions, protocol);
    });
    pictures.set(cell.id, drawn);
  }
}

function noteScores(note: Watch['note'], { id, kept }: CellResult): void {
  for (const [epoch, { test }] of Object.entries(kept)) {
    const { auc, accuracy } = test.scores;
    note(
      `  ${id}, ${epoch}: test AUC ${auc === null ? 'not defined' : auc.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`,
    );
  }
}

/** @throws UsageError if the protocol could not choose an epoch. */
function requireAuc({ source, splits }: OpenDataset, { monitor }: Protocol): void {
  const { labels, labelCount } = splits.val;
  if (monitor !== 'auc' || labels.some((label, at) => label !== labels[at % labelCount])) return;
  throw new UsageError(
    `${source.file}: all validation images have the same label, so that no epoch has a validation AUC, by which the ` +
      'protocol chooses; give a file with both',
  );
}

async function write(
  folder: RunFolder,
  results: BenchmarkResults,
  pictures: ReadonlyMap<string, CellPictures>,
  note: Watch['note'],
): Promise<void> {
  note('writing figures and report');
  for (const figure of [...pictures.values()].flatMap(({ figures }) => figures)) {
    // An earlier process has drawn it.
    if (folder.has(`figures/${figure.id}.png`)) continue;
    await folder.write(`figures/${figure.id}.svg`, standaloneSvg(figure));
    await folder.write(`figures/${figure.id}.png`, renderPng(figure));
  }
  await folder.write('report.html', buildBenchmarkReport(results, pictures));
  await folder.write('results.json', `${JSON.stringify(results, undefined, 1)}\n`);
}

/** The reason, then what to do. What was finished lies in the folder. */
function runFailed(cause: unknown, folder: string, { activationCheckpointing }: MedmnistOptions): Error {
  if (cause instanceof UsageError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const full = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
  const again = `npm run medmnist -- --resume ${folder}`;
  const advice =
    cause instanceof NonFiniteLossError
      ? 'The rate of the protocol is too high for this net and set; the protocol has no other.'
      : said.includes('out of memory') && !activationCheckpointing
        ? 'What was finished is kept. A net of blocks, such as a ResNet, needs less memory with: ' +
          `${again} --activation-checkpointing on. One without, such as a VGG, needs a device with more memory.`
        : `What was finished is kept. Once this is fixed, go on with: ${again}`;
  return new Error(`${said}${full ? ' (the disk is full: free some space)' : ''}\n${advice}`, { cause });
}

function defaultFolder(): string {
  return resolve('runs', new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-'));
}
