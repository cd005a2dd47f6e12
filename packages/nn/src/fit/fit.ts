import { backward } from '@glassbox/tensor-core';
import { DropoutLayer } from '../layers/dropout.ts';
import type { Loss } from '../loss/losses.ts';
import type { Module } from '../module/module.ts';
import { firstNonFinite, type StateDict } from '../module/state-dict.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { RandomStream } from '../random/stream.ts';
import type { Schedule, ScheduleUnit } from '../schedule/schedule.ts';
import { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
import { NonFiniteLossError } from './errors.ts';
import { type Evaluation, Evaluator, type Outputs } from './evaluate.ts';
import { type Examples, gatherBatch } from './examples.ts';
import type { FitState } from './fit-state.ts';
import { Pace } from './pace.ts';
import type { FitProgress } from './progress.ts';
import { batches, checkBatchSize, RecordedBatches } from './recorded-batches.ts';
import { type EpochRecord, monitored, type StopReason } from './records.ts';
import { type EpochTotals, Totals } from './totals.ts';

/** The stream of the shuffles: far from those that initial weights and dropout count up from 0. */
const shuffleStream = 0x73687566;

export interface FitOptions {
  readonly train: Examples;
  /** Images that choose the best epoch. Without them the training loss does. */
  readonly val?: Examples;
  readonly loss: Loss;
  // biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
  readonly optimizer: Optimizer<any>;
  /** Multiplies every group's own rate. */
  readonly schedule?: Schedule;
  /** What the schedule's time counts. Default `epoch`. */
  readonly scheduleUnit?: ScheduleUnit;
  /** The most epochs. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Batch size of validation. */
  readonly evalBatchSize?: number;
  /** Stops when the monitored value no longer improves. Without it all epochs run; the best one is still kept. */
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Give the model the best epoch's state at the end. Default true. */
  readonly restoreBest?: boolean;
  /** Decides the order of images in every epoch. */
  readonly seed?: number;
  /** Draw a new order in every epoch. Default true. */
  readonly shuffle?: boolean;
  /** Scale gradients so that their norm is at most this. */
  readonly clipNorm?: number;
  /** Further scores of the validation outputs, such as AUC, for the record and for early stopping. */
  readonly scores?: (outputs: Outputs) => Readonly<Record<string, number>>;
  /** Called before each epoch (from 1, also after a resume): the place to unfreeze layers or change rates. */
  readonly onEpochStart?: (epoch: number) => void;
  /** Called after each epoch. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Called after each epoch with everything that is needed to go on from there. */
  readonly checkpoint?: (state: FitState) => void | Promise<void>;
  /** Go on from here: the model, optimiser and options must be made as they were. */
  readonly resume?: FitState;
  /** When aborted, the running step is finished and `fit` returns; the unfinished epoch is dropped. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly progress?: (progress: FitProgress) => void;
}

export interface FitResult {
  readonly history: readonly EpochRecord[];
  /** The epoch whose state the model has now (with `restoreBest`), from 1; 0 if no epoch was finished. */
  readonly bestEpoch: number;
  /** That epoch's state. */
  readonly bestState: StateDict;
  readonly stopReason: StopReason;
  /** Training and validation time of all epochs, those before a resume included. */
  readonly seconds: number;
}

/**
 * Trains a model. The same seed, model, data and device give the same bits, interrupted and resumed or not.
 * @throws NonFiniteLossError if a loss or weight becomes NaN or infinite; the model then has its last good state.
 */
export async function fit(model: Module, options: FitOptions): Promise<FitResult> {
  checkOptions(options);
  const training = new Training(model, options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

class Training {
  readonly #model: Module;
  readonly #options: FitOptions;
  readonly #totals: Totals;
  readonly #steps: RecordedBatches<undefined>;
  readonly #evaluator: Evaluator | undefined;
  readonly #stopping: EarlyStopping;
  readonly #history: EpochRecord[] = [];
  readonly #seed: number;
  #last: StateDict = new Map();
  #best: StateDict = new Map();
  #imagesDone = 0;
  #started = performance.now();

  constructor(model: Module, options: FitOptions) {
    const { train, val, loss, optimizer, clipNorm, evalBatchSize, earlyStopping } = options;
    this.#model = model;
    this.#options = options;
    this.#seed = options.resume?.seed ?? options.seed ?? 0;
    this.#totals = new Totals(train.runtime);
    this.#evaluator = val && new Evaluator(model, val, loss, evalBatchSize);
    this.#stopping = new EarlyStopping({
      patience: Number.POSITIVE_INFINITY,
      ...earlyStopping,
      monitor: earlyStopping?.monitor ?? (val ? 'valLoss' : 'trainLoss'),
    });
    this.#steps = new RecordedBatches(train.runtime, (rows) => {
      const batch = gatherBatch(train, rows);
      const output = model.forward(batch.images);
      const value = loss(output, batch);
      this.#totals.add(value, output, batch.labels);
      backward(value);
      if (clipNorm !== undefined) optimizer.clipGradients(clipNorm);
      optimizer.step();
      optimizer.zeroGrad();
      return undefined;
    });
  }

  async run(): Promise<FitResult> {
    const { epochs, resume, restoreBest = true } = this.#options;
    if (resume) this.#restore(resume);
    this.#last = await this.#model.stateDict();
    if (!resume) this.#best = this.#last;
    this.#started = performance.now();
    let stopReason: StopReason = 'limit';
    for (let epoch = (resume?.epoch ?? 0) + 1; epoch <= epochs; epoch++) {
      if (this.#stopping.exhausted) {
        stopReason = 'patience';
        break;
      }
      if (!(await this.#epoch(epoch))) {
        stopReason = 'interrupted';
        break;
      }
      if (this.#stopping.exhausted) {
        stopReason = 'patience';
        break;
      }
    }
    if (restoreBest) this.#model.loadStateDict(this.#best);
    else if (stopReason === 'interrupted') this.#model.loadStateDict(this.#last);
    return {
      history: this.#history,
      bestEpoch: this.#stopping.state.bestEpoch,
      bestState: this.#best,
      stopReason,
      seconds: this.#history.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  }

  dispose(): void {
    this.#totals.dispose();
    this.#steps.dispose();
    this.#evaluator?.dispose();
  }

  /** @returns false if it was interrupted. */
  async #epoch(epoch: number): Promise<boolean> {
    const { optimizer, onEpochStart, onEpoch, checkpoint } = this.#options;
    const start = performance.now();
    const before = this.#model.modeKey();
    onEpochStart?.(epoch);
    this.#model.train();
    if (this.#model.modeKey() !== before) this.#steps.dispose();
    const train = await this.#trainEpoch(epoch);
    if (!train) return false;
    this.#requireFinite(epoch, 'training loss', train.loss);
    const val = await this.#evaluator?.run({ outputs: this.#options.scores !== undefined });
    if (val) this.#requireFinite(epoch, 'validation loss', val.loss);
    const state = await this.#model.stateDict();
    const bad = firstNonFinite(state);
    if (bad) this.#diverged(epoch, `weight '${bad.name}'`);
    this.#last = state;
    const record = this.#record(epoch, train, val, (performance.now() - start) / 1000);
    this.#history.push(record);
    if (this.#stopping.update(epoch, monitored(record, this.#stopping.monitor))) this.#best = state;
    if (checkpoint) {
      await checkpoint({
        epoch,
        seed: this.#seed,
        model: state,
        best: this.#best,
        optimizer: await optimizer.stateDict(),
        stopping: this.#stopping.state,
        history: [...this.#history],
        dropoutCalls: Object.fromEntries(this.#dropouts().map(([name, layer]) => [name, layer.calls.value])),
      });
    }
    await onEpoch?.(record);
    return true;
  }

  /** @returns undefined if it was interrupted. */
  async #trainEpoch(epoch: number): Promise<EpochTotals | undefined> {
    const { train, batchSize, schedule, scheduleUnit = 'epoch', optimizer, signal, progress } = this.#options;
    const pace = new Pace(train.runtime);
    const steps = Math.ceil(train.rows.length / batchSize);
    let step = 0;
    if (schedule && scheduleUnit === 'epoch') optimizer.scaleRates(schedule(epoch - 1));
    this.#totals.reset();
    for (const rows of batches(this.#order(epoch), batchSize)) {
      if (signal?.aborted) return undefined;
      if (schedule && scheduleUnit === 'step') optimizer.scaleRates(schedule((epoch - 1) * steps + step));
      this.#steps.run(rows);
      await pace.step();
      step++;
      this.#imagesDone += rows.length;
      progress?.(this.#progress(epoch, step, steps));
    }
    return this.#totals.read();
  }

  /** Row numbers of an epoch in its own order: a function of seed and epoch, so that a resumed run draws the same. */
  #order(epoch: number): Uint32Array {
    const { train, shuffle = true } = this.#options;
    if (!shuffle) return train.rows;
    const order = new RandomStream(this.#seed, [shuffleStream, epoch]).permutation(train.rows.length);
    return order.map((index) => train.rows[index]);
  }

  #record(epoch: number, train: EpochTotals, val: Evaluation | undefined, seconds: number): EpochRecord {
    const { scores, optimizer } = this.#options;
    return {
      epoch,
      trainLoss: train.loss,
      ...(train.accuracy === undefined ? {} : { trainAccuracy: train.accuracy }),
      ...(val ? { valLoss: val.loss } : {}),
      ...(val?.accuracy === undefined ? {} : { valAccuracy: val.accuracy }),
      scores: val?.outputs && scores ? { ...scores(val.outputs) } : {},
      learningRates: optimizer.groups.map(({ lr }) => lr),
      seconds,
    };
  }

  #progress(epoch: number, step: number, steps: number): FitProgress {
    const { epochs, train } = this.#options;
    const seconds = (performance.now() - this.#started) / 1000;
    const imagesPerSecond = this.#imagesDone / seconds;
    const imagesLeft = (epochs - epoch) * train.rows.length + ((steps - step) / steps) * train.rows.length;
    const last = this.#history.at(-1);
    return {
      epoch,
      epochs,
      step,
      steps,
      imagesPerSecond,
      secondsLeft: imagesLeft / imagesPerSecond,
      ...(last ? { trainLoss: last.trainLoss, valLoss: last.valLoss } : {}),
    };
  }

  #restore(state: FitState): void {
    const { optimizer } = this.#options;
    this.#model.loadStateDict(state.model);
    optimizer.loadStateDict(state.optimizer);
    this.#best = state.best;
    this.#stopping.restore(state.stopping);
    this.#history.push(...state.history);
    for (const [name, layer] of this.#dropouts()) layer.calls.value = state.dropoutCalls[name] ?? 0;
  }

  #dropouts(): [string, DropoutLayer][] {
    return [...this.#model.namedModules()].filter(
      (entry): entry is [string, DropoutLayer] => entry[1] instanceof DropoutLayer,
    );
  }

  #requireFinite(epoch: number, what: string, value: number): void {
    if (!Number.isFinite(value)) this.#diverged(epoch, what);
  }

  #diverged(epoch: number, what: string): never {
    this.#model.loadStateDict(this.#last);
    throw new NonFiniteLossError(epoch, what, this.#history, { epoch: epoch - 1, state: this.#last });
  }
}

function checkOptions({ epochs, batchSize, train, val, scores, clipNorm, resume, seed }: FitOptions): void {
  checkBatchSize('fit: batchSize', batchSize);
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new RangeError(`fit: epochs must be a whole number of 0 or more, not ${epochs}`);
  }
  if (train.rows.length === 0) throw new RangeError('fit: there are no training images');
  if (val && val.rows.length === 0)
    throw new RangeError('fit: there are no validation images; leave val out');
  if (scores && !val) throw new RangeError('fit: scores are computed on validation images; give val');
  if (clipNorm !== undefined && !(clipNorm > 0))
    throw new RangeError(`fit: clipNorm must be above 0, not ${clipNorm}`);
  if (resume && seed !== undefined && seed !== resume.seed) {
    throw new RangeError(`fit: the state to resume has seed ${resume.seed}, the options say ${seed}`);
  }
}
