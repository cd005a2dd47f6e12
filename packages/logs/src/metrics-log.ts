import { climbsOut, DataError, quoteName } from '@glassbox/files';
import { callback, checkOptions, flag, type OptionTable } from '@glassbox/options';
import type { OpenGrowingFile } from './append-file.ts';
import { Csv } from './csv.ts';
import { EventFile } from './event-file.ts';
import type { Png, Tagged } from './events.ts';
import { JsonLines } from './json-lines.ts';
import { numbersOf, type RowWriter } from './row.ts';

/** In which forms metrics are written. */
export interface MetricsLogOptions {
  /** `metrics.jsonl`: a JSON object an epoch. Default true. */
  readonly jsonl?: boolean;
  /** `metrics.csv`: a row an epoch, a column for each number. Default false. */
  readonly csv?: boolean;
  /** `tensorboard/TRAINING/events.out.tfevents.…`: for `tensorboard --logdir FOLDER/tensorboard`. Default false. */
  readonly tensorboard?: boolean;
  /** Where the first two are kept, if not on the disk: a page gives what it has. Not with `tensorboard`. */
  readonly openFile?: OpenGrowingFile;
}

const optionNames: OptionTable<MetricsLogOptions> = {
  jsonl: flag,
  csv: flag,
  tensorboard: flag,
  openFile: callback,
};

/** Files of metrics in one folder. Made by {@link metricsLog}. */
export class MetricsLog {
  readonly #folder: string;
  readonly #tables: readonly RowWriter[];
  readonly #tensorboard: boolean;
  readonly #events = new Map<string, EventFile>();
  /** Calls are done one after another. */
  #last: Promise<void> = Promise.resolve();

  /** @param tables what is open already */
  constructor(folder: string, tables: readonly RowWriter[], tensorboard: boolean) {
    this.#folder = folder;
    this.#tables = tables;
    this.#tensorboard = tensorboard;
  }

  /**
   * Writes what an epoch gave, to the disk's care when the promise is kept. If the training has written this epoch
   * before, it was resumed from an earlier one: that epoch and all later ones of this training are replaced.
   *
   * @param training a name; TensorBoard shows each as a run, and slashes make folders
   * @param epoch a whole number >= 0, or a step
   * @param values numbers, also in arrays and objects: TensorBoard's tags are their paths, `scores/auc`, and columns of
   *   CSV `scores.auc`
   * @throws DataError if a file cannot be written
   */
  log(training: string, epoch: number, values: object): Promise<void> {
    checkPlace(training, epoch);
    const { epoch: _, training: __, ...shown } = values as Record<string, unknown>;
    const row = { training, epoch, values: shown };
    return this.#next(async () => {
      for (const table of this.#tables) await table.write(row);
      if (!this.#tensorboard) return;
      const tagged = [...numbersOf(shown, '/')].map(([tag, value]): Tagged => ({ tag, value }));
      const file = await this.#eventFile(training);
      file.dropFrom(epoch);
      await file.write(epoch, tagged);
    });
  }

  /**
   * Adds a picture or a histogram of some values to an epoch that was logged, for TensorBoard. Without `tensorboard` it
   * is an error.
   */
  add(training: string, epoch: number, tag: string, value: Png | ArrayLike<number>): Promise<void> {
    checkPlace(training, epoch);
    if (!this.#tensorboard) {
      throw new DataError(this.#folder, 'only TensorBoard takes pictures', 'Pass { tensorboard: true }.');
    }
    return this.#next(async () => {
      const file = await this.#eventFile(training);
      file.dropFrom(epoch + 1);
      await file.write(epoch, [{ tag, value }]);
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    // An error is the caller's; the next call begins anew.
    this.#last = done.catch(() => {});
    return done;
  }

  async #eventFile(training: string): Promise<EventFile> {
    const open = this.#events.get(training);
    if (open) return open;
    const file = await EventFile.open(`${this.#folder}/tensorboard/${training}`);
    this.#events.set(training, file);
    return file;
  }
}

/**
 * Opens the metrics in a folder, which is made with the first line. Files that are there are gone on with; what a
 * killed process left of a last line is cut off. In Node, or wherever `openFile` keeps them.
 *
 * ```ts
 * const log = await metricsLog('runs/first', { csv: true, tensorboard: true });
 * await fit(net, { …, onEpoch: (record) => log.log('first', record.epoch, record) });
 * ```
 * @throws DataError if a file there is of another kind or cannot be read
 */
export async function metricsLog(folder: string, options: MetricsLogOptions = {}): Promise<MetricsLog> {
  checkOptions('metricsLog', options, optionNames);
  const { jsonl = true, csv = false, tensorboard = false, openFile } = options;
  if (tensorboard && openFile) {
    throw new DataError(folder, 'TensorBoard reads files of the disk', 'Leave openFile out, or tensorboard.');
  }
  const tables = [
    ...(jsonl ? [await JsonLines.open(`${folder}/metrics.jsonl`, openFile)] : []),
    ...(csv ? [await Csv.open(`${folder}/metrics.csv`, openFile)] : []),
  ];
  return new MetricsLog(folder, tables, tensorboard);
}

function checkPlace(training: string, epoch: number): void {
  if (climbsOut(training)) {
    throw new DataError(
      `training ${quoteName(training)}`,
      'has a name that no folder may have',
      'Rename it.',
    );
  }
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new DataError(
      `training ${quoteName(training)}`,
      `has no epoch ${epoch}`,
      'Give a whole number >= 0.',
    );
  }
}
