/** `npm run train`: from a folder of pictures to a judged classifier. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { classifierMetadata } from '@glassbox/classifier';
import { brief, UsageError, visible } from '@glassbox/host/command-line';
import { evaluateClasses } from '@glassbox/metrics';
import { type Module, NonFiniteLossError, predict, writeSafetensors } from '@glassbox/nn';
import { describeDevice, openRuntime } from '@glassbox/tensor-core';
import { deviceOf } from '@glassbox/tensor-core/command-line';
import { renderPng, standaloneSvg } from '../figures/figure.ts';
import type { LoggedEpoch } from '../report/results.ts';
import { RunFolder } from '../run/folder.ts';
import { ownFigures } from './figures.ts';
import { findImages, type LabelledFile, splitNames } from './find.ts';
import { optimizerNames, stateFile, type TrainedNet, trainNet, type Watch } from './fit.ts';
import { argsOf, parseTrainOptions, type TrainOptions } from './options.ts';
import { type ReadImages, readImages } from './read.ts';
import { buildOwnReport } from './report.ts';
import type { DataSummary, OwnResults } from './results.ts';
import { overlaps, type Splits, splitImages } from './split.ts';

/** What a finished run left; `results` is undefined if it was interrupted, `folder` if nothing was begun. */
export interface OwnOutcome {
  readonly folder: string | undefined;
  readonly results: OwnResults | undefined;
}

const subfolders = ['checkpoints', 'figures'];

/** The images of a run, ready to be used. */
interface Prepared {
  readonly read: ReadImages;
  readonly labels: Uint8Array;
  readonly classes: readonly string[];
  readonly splits: Splits;
  readonly data: DataSummary;
  readonly warnings: readonly string[];
}

/**
 * Trains on own images, or goes on with `options.resume`.
 * @param command the command line, for the report
 * @throws UsageError for options and images that cannot be used.
 */
export async function trainOnImages(
  options: TrainOptions,
  watch: Watch,
  command: string,
): Promise<OwnOutcome> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const resumed = options.resume === undefined ? undefined : openInterrupted(options.resume, options);
  using _ = resumed?.folder;
  const chosen = resumed?.options ?? options;
  // Before all images are read.
  if (!resumed && options.out !== undefined) RunFolder.checkFree(options.out);
  const prepared = await prepare(chosen, watch);
  if (prepared === undefined) return { folder: resumed?.folder.path, results: undefined };
  const { read, labels, classes, splits, data, warnings } = prepared;
  if (resumed && resumed.sha256 !== data.sha256) {
    throw new UsageError(`The images have changed since the run began (SHA-256); start a new run`);
  }
  using folder = resumed?.folder ?? RunFolder.create(options.out ?? defaultFolder(), subfolders);
  const began = resumed?.command ?? command;
  if (!resumed) {
    const args = argsOf(options, realpathSync(folder.path));
    await folder.writeJson('config.json', { kind: 'own-images', command, args, sha256: data.sha256 });
  }
  for (const line of describe(prepared)) watch.note(line);
  const runtime = await openRuntime(deviceOf(chosen));
  try {
    const { info } = runtime.device;
    watch.note(describeDevice(info));
    const { images, channels } = read;
    const trained = await trainNet(
      runtime,
      chosen,
      { images, labels, channels, numClasses: classes.length, splits },
      folder,
      watch,
    );
    if (trained.result.stopReason === 'interrupted') return { folder: folder.path, results: undefined };
    const results: OwnResults = {
      kind: 'own-images',
      startedAt,
      durationSeconds: (performance.now() - started) / 1000,
      command: began,
      versions: versions(),
      device: info.kind,
      adapter: info.adapter,
      ...choices(chosen),
      channels,
      classes,
      data,
      warnings,
      parameters: trained.net.parameterCount(),
      ...course(trained),
      ...(await judge(trained, prepared)),
    };
    await write(folder, results, trained.net, read, splits);
    return { folder: folder.path, results };
  } catch (error) {
    throw runFailed(error, folder.path);
  } finally {
    await runtime.destroy().catch(() => {});
  }
}

/** The reason, then what to do. What was finished lies in the folder. */
function runFailed(cause: unknown, folder: string): Error {
  const said = cause instanceof Error ? cause.message : String(cause);
  const advice =
    cause instanceof NonFiniteLossError
      ? 'A smaller --lr may help.'
      : `What was finished is kept. Once this is fixed, go on with: npm run train -- --resume ${folder}`;
  return new Error(`${said}\n${advice}`, { cause });
}

/** Finds, reads and splits the images. @returns undefined if it was interrupted */
async function prepare(options: TrainOptions, { signal, note }: Watch): Promise<Prepared | undefined> {
  const { images, csv, seed, val, test } = options;
  const found = findImages(images, csv);
  const read = await readImages(found.files, { ...options, signal });
  if (signal.aborted) return undefined;
  if (read.unreadable.length > 0) note(`${read.unreadable.length} files cannot be read and are left out`);
  const { files, digests } = read;
  const classes = [...new Set(files.map(({ label }) => label))].sort();
  if (classes.length < found.classes.length) {
    const lost = found.classes.filter((name) => !classes.includes(name));
    throw new UsageError(`No image of the class '${lost[0]}' can be read`);
  }
  const labels = Uint8Array.from(files, ({ label }) => classes.indexOf(label));
  const given = files.map(({ split }) => split);
  const grouped = files.some(({ group }) => group !== undefined);
  const keys = files.map(({ group }, row) => (group === undefined ? digests[row] : `group ${group}`));
  const splits = splitImages({ labels, classes, given, keys, val, test, seed });
  const names = files.map(({ name }) => name);
  const data: DataSummary = {
    name: basename(csv ?? images!),
    sha256: fingerprint(files, digests, splits),
    counts: countsOf(splits, labels, classes.length),
    drawn: splitNames.filter((split) => split !== 'train' && !given.includes(split)),
    grouped,
    others: found.others,
    unreadable: read.unreadable.map((line) => line.replaceAll(`${dirname(csv ?? images!)}/`, '')),
  };
  return { read, labels, classes, splits, data, warnings: overlaps(digests, names, labels, classes, splits) };
}

function countsOf(splits: Splits, labels: Uint8Array, classes: number): DataSummary['counts'] {
  const count = (rows: readonly number[]) => {
    const counts = new Array<number>(classes).fill(0);
    for (const row of rows) counts[labels[row]]++;
    return counts;
  };
  return { train: count(splits.train), val: count(splits.val), test: count(splits.test) };
}

function fingerprint(files: readonly LabelledFile[], digests: readonly string[], splits: Splits): string {
  const hash = createHash('sha256');
  for (const split of splitNames) {
    for (const row of splits[split]) {
      hash.update(JSON.stringify([split, files[row].name, files[row].label, digests[row]]));
    }
  }
  return hash.digest('hex');
}

function describe({ classes, data, warnings }: Prepared): string[] {
  const { counts } = data;
  const shown = classes.map((name) => visible(brief(name.replaceAll('\n', ' '))));
  const widest = Math.max(8, ...shown.map(({ length }) => length));
  const row = (name: string, values: readonly (number | string)[]) =>
    `  ${name.padEnd(widest)}${values.map((value) => String(value).padStart(8)).join('')}`;
  return [
    row('images', splitNames),
    ...shown.map((name, k) =>
      row(
        name,
        splitNames.map((split) => counts[split][k]),
      ),
    ),
    ...warnings.map((warning) => `Warning: ${visible(warning)}`),
  ];
}

/** The options that the report shows. */
function choices(options: TrainOptions) {
  const { net, size, seed, optimizer, lr, batch, epochs, patience, classWeights, augment } = options;
  return {
    net,
    size,
    seed,
    training: {
      optimizer: optimizerNames[optimizer],
      learningRate: lr,
      batchSize: batch,
      epochLimit: epochs,
      patience,
      classWeights,
      augment,
    },
  };
}

/** Scores on validation and test, and the answers for the test images. */
async function judge({ net, data }: TrainedNet, { read, labels, splits }: Prepared) {
  const outputs = async (split: 'val' | 'test') => {
    const { values, width } = await predict(net, data[split]);
    // Rounded first, so that the file gives the same scores.
    const logits = Array.from(values, (value) => Number(value.toPrecision(7)));
    return { logits, width, labels: splits[split].map((row) => labels[row]) };
  };
  const test = await outputs('test');
  const { width, logits } = test;
  return {
    val: evaluateClasses(await outputs('val'), { resamples: 1 }).scores,
    test: evaluateClasses(test),
    answers: splits.test.map((row, n) => ({
      name: read.files[row].name,
      label: labels[row],
      logits: logits.slice(n * width, (n + 1) * width),
    })),
  };
}

/** The epochs of a training. */
function course({ result }: TrainedNet) {
  const history = result.history.map(
    ({ epoch, trainLoss, valLoss, trainAccuracy, valAccuracy, scores, learningRates }): LoggedEpoch => ({
      epoch,
      trainLoss,
      valLoss: valLoss!,
      ...(trainAccuracy === undefined ? {} : { trainAccuracy }),
      ...(valAccuracy === undefined ? {} : { valAccuracy }),
      valAuc: scores.auc,
      learningRate: learningRates[0],
    }),
  );
  const { bestEpoch, stopReason, seconds } = result;
  return { history, bestEpoch, stopReason, trainSeconds: seconds };
}

async function write(
  folder: RunFolder,
  results: OwnResults,
  net: Module,
  { images, channels }: ReadImages,
  splits: Splits,
): Promise<void> {
  const { test } = results;
  const scores = { accuracy: test.scores.accuracy, auc: test.scores.auc };
  const metadata = classifierMetadata(results, { test: scores, data: results.data.name });
  await writeSafetensors(folder.file('classifier.safetensors'), await net.stateDict(), metadata);
  const length = results.size ** 2 * channels;
  const figures = ownFigures(results, (index) =>
    images.subarray(splits.test[index] * length, (splits.test[index] + 1) * length),
  );
  for (const figure of figures) {
    await folder.write(`figures/${figure.id}.svg`, standaloneSvg(figure));
    await folder.write(`figures/${figure.id}.png`, renderPng(figure));
  }
  await folder.write('report.html', buildOwnReport(results, figures));
  await folder.writeJson('results.json', results);
  // Until here a killed run goes on from its last epoch.
  rmSync(stateFile(folder), { force: true });
}

/** Opens a run that was interrupted; nothing in its config is trusted more than a command line would be. */
function openInterrupted(path: string, asked: TrainOptions) {
  const { folder, config } = RunFolder.open(path, (config) => describedBy(config, path, asked), subfolders);
  if (existsSync(folder.file('results.json')) && !existsSync(stateFile(folder))) {
    folder.close();
    throw new UsageError(`${path} is finished: its report is ${folder.file('report.html')}`);
  }
  return { folder, ...config };
}

function describedBy(config: unknown, path: string, { images, csv, device }: TrainOptions) {
  const { kind, command, args, sha256 } = (config ?? {}) as Record<string, unknown>;
  if (kind !== 'own-images' || !Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) {
    throw new UsageError(`${path} holds no run of npm run train; start a new one`);
  }
  const own = parseTrainOptions(args, realpathSync(path));
  const options = {
    ...own,
    images: images ?? own.images,
    csv: csv ?? own.csv,
    device: device === 'auto' ? own.device : device,
  };
  return {
    options,
    sha256,
    command: typeof command === 'string' ? command.slice(0, 2000) : 'npm run train',
  };
}

function defaultFolder(): string {
  return resolve('runs', new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-'));
}

function versions(): Record<string, string> {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return { glassbox: version, node: process.versions.node };
}
