import {
  anything,
  atLeast1,
  callback,
  checkOptions as checkNames,
  flag,
  instance,
  type Kind,
  type OptionTable,
  oneOf,
  type PlatformType,
  required,
  table,
  whole,
} from '@glassbox/options';
import type { Loss } from '../loss/losses.ts';
import { Optimizer } from '../optim/optimizer.ts';
import type { Schedule, ScheduleUnit } from '../schedule/schedule.ts';
import { type EarlyStoppingOptions, earlyStoppingNames } from './early-stopping.ts';
import type { Outputs } from './evaluate.ts';
import { anExamples, type Examples } from './examples.ts';
import type { FitState } from './fit-state.ts';
import type { FitProgress } from './progress.ts';
import { builtInScores, type EpochRecord } from './records.ts';

/** What `fit` trains on, and how. */
export interface FitOptions {
  /** Images to learn from. */
  readonly train: Examples;
  /** Images that choose the best epoch. Without them the training loss does. */
  readonly val?: Examples;
  /** What is made small: the mean over each batch. */
  readonly loss: Loss;
  /** What changes the parameters; it must have been made with the model's. */
  // biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
  readonly optimizer: Optimizer<any>;
  /** Multiplies every group's own rate. */
  readonly schedule?: Schedule;
  /** What the schedule's time counts. Default `epoch`. */
  readonly scheduleUnit?: ScheduleUnit;
  /** The most epochs. */
  readonly epochs: number;
  /** Images in a step; the last batch of an epoch may be smaller. */
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
  /**
   * Called before each epoch (from 1, also after a resume): the place to unfreeze layers or change rates. Whatever is
   * frozen, unfrozen or put into another mode, here or in another callback, holds from the next step on until it is
   * changed again. Modes of the whole model are the exception: `model.eval()` is taken to be for outputs that are
   * looked at meanwhile.
   */
  readonly onEpochStart?: (epoch: number) => void;
  /**
   * Called after each epoch, before `checkpoint`: after a resume it may be called for an epoch once more. With
   * `queueAhead` the model may be some steps further by then: look at the record.
   */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /**
   * Called after each epoch with everything that is needed to go on from there: modes, frozen parts and
   * hyperparameters as callbacks left them, weights as training left them.
   */
  readonly checkpoint?: (state: FitState) => void | Promise<void>;
  /**
   * Start the next epoch while the last one's figures travel from the device, where it is certain to come: a GPU then
   * never waits. The results are the same. Default true, unless `onEpoch` or `onEpochStart` is given, which may look
   * at the model. With it, `scores`, `onEpoch` and `checkpoint` may not change modes, frozen parts or
   * hyperparameters: that is an error.
   */
  readonly queueAhead?: boolean;
  /**
   * Most steps between two looks at what the host does in `forward` and `loss` (default 47; the first and the last
   * step of an epoch are looked at in any case). 1: in every step, so that no change can hide, at the cost of the
   * host's work.
   */
  readonly checkEvery?: number;
  /** Go on from here: the model, optimiser and options must be made as they were. */
  readonly resume?: FitState;
  /** When aborted, the running step is finished and `fit` returns; the unfinished epoch is dropped. */
  readonly signal?: PlatformType<'AbortSignal'>;
  /** Called after each step. */
  readonly progress?: (progress: FitProgress) => void;
}

const positiveOrInfinite: Kind = {
  what: 'above 0',
  fits: (value) => typeof value === 'number' && value > 0,
};

const optionNames: OptionTable<FitOptions> = {
  train: required(anExamples),
  val: anExamples,
  loss: required(callback),
  optimizer: required(instance(() => Optimizer, 'an optimiser: new SGD(model.parameters(), { lr })')),
  schedule: callback,
  scheduleUnit: oneOf('epoch', 'step'),
  epochs: required(whole(0)),
  batchSize: required(whole(1)),
  evalBatchSize: whole(1),
  earlyStopping: table(earlyStoppingNames),
  restoreBest: flag,
  seed: whole(0),
  shuffle: flag,
  clipNorm: positiveOrInfinite,
  scores: callback,
  onEpochStart: callback,
  onEpoch: callback,
  checkpoint: callback,
  queueAhead: flag,
  resume: anything,
  checkEvery: atLeast1,
  signal: instance(() => AbortSignal, 'an AbortSignal'),
  progress: callback,
};

/** @throws RangeError for options that contradict each other or name nothing to train on. */
export function checkOptions(options: FitOptions): void {
  checkNames('fit', options, optionNames);
  const { train, val, scores, resume, seed, earlyStopping } = options;
  if (train.rows.length === 0) throw new RangeError('fit: there are no training images');
  if (val && val.rows.length === 0)
    throw new RangeError('fit: there are no validation images; leave val out');
  if (scores && !val) throw new RangeError('fit: scores are computed on validation images; give val');
  const { monitor } = earlyStopping ?? {};
  if (monitor?.startsWith('val') && builtInScores.includes(monitor) && !val)
    throw new RangeError(`earlyStopping: '${monitor}' is computed on validation images; give val`);
  if (monitor !== undefined && !builtInScores.includes(monitor) && !scores) {
    throw new RangeError(
      `earlyStopping: there is no '${monitor}' to watch: give scores, which computes it, ` +
        `or watch one of ${builtInScores.join(', ')}`,
    );
  }
  if (resume && seed !== undefined && seed !== resume.seed) {
    throw new RangeError(`fit: the state to resume has seed ${resume.seed}, the options say ${seed}`);
  }
}
