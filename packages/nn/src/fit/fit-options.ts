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
import { type Normalization, sameNormalization } from '../data/normalization.ts';
import { requireBatches } from '../data/order.ts';
import { aDataSource, type DataSource, isExamples, isOneShot, requireOwnBatches } from '../data/source.ts';
import { aTransform, moduleOf, type Transform } from '../data/transform.ts';
import type { Loss } from '../loss/losses.ts';
import { AveragedModel } from '../optim/averaged-model.ts';
import { Optimizer } from '../optim/optimizer.ts';
import { ReduceLROnPlateau } from '../schedule/reduce-lr-on-plateau.ts';
import type { Schedule, ScheduleUnit } from '../schedule/schedule.ts';
import { checkCallbacks, type FitCallback } from './callbacks.ts';
import { type EarlyStoppingOptions, earlyStoppingNames } from './early-stopping.ts';
import type { Outputs } from './evaluate.ts';
import type { FitState } from './fit-state.ts';
import type { FitProgress } from './progress.ts';
import { builtInScores, type EpochRecord } from './records.ts';

/** What `fit` trains on, and how. */
export interface FitOptions {
  /**
   * Examples, or an iterable of batches of any size (see `BatchIterable`). A training that goes on asks only for the
   * epochs that are left: `(epoch) => …` must give the same batches for the same epoch.
   */
  readonly train: DataSource;
  /** Images that choose the best epoch: examples or an iterable. Without them the training loss does. */
  readonly val?: DataSource;
  /** What is made small: the mean over each batch. */
  readonly loss: Loss;
  /** What changes the parameters; it must have been made with the model's. */
  // biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
  readonly optimizer: Optimizer<any>;
  /**
   * Multiplies every group's own rate. Or a `ReduceLROnPlateau` of this optimiser, which looks after each epoch at what
   * `earlyStopping` watches.
   */
  readonly schedule?: Schedule | ReduceLROnPlateau;
  /** What the schedule's time counts: epochs, or steps of the optimiser. Default `epoch`. */
  readonly scheduleUnit?: ScheduleUnit;
  /** The most epochs. */
  readonly epochs: number;
  /** Images of a batch. Needed for examples; an iterable makes its own batches. */
  readonly batchSize?: number;
  /** Leave out the last batch of an epoch if it is smaller than the others. Default false. */
  readonly dropLast?: boolean;
  /**
   * So many batches are one step of the optimiser: their gradients are added up, each of its loss divided by this
   * number, as in PyTorch's usual loop. Default 1. If an epoch's last batches are fewer, they make a step of their own
   * (and a smaller one, for they are divided by the same number). Equal to one large batch but for rounding, except
   * that batch norm sees each batch by itself. Saves memory from 3 on: two kinds of batches are recorded, the first of
   * a step and the others.
   */
  readonly accumulate?: number;
  /**
   * What is done to the images of training batches, on the device and within the recorded step: a function, or a
   * module, whose counters are saved and resumed. The shape may change. Random numbers and all else that changes from
   * step to step must come from ops or a `stepInput`.
   */
  readonly transform?: Transform;
  /** The same for validation images: nothing unless given. A module is in evaluation mode meanwhile. */
  readonly evalTransform?: Transform;
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
  /**
   * An average of the model's weights, updated after each step of the optimiser, saved and resumed. Validation is of
   * the averaged weights then, and so is the best epoch's state, which the model has at the end (`restoreBest`).
   */
  readonly average?: AveragedModel;
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
   * at the model, or the rates follow the figures (`ReduceLROnPlateau`). With it, `scores`, `onEpoch` and `checkpoint`
   * may not change modes, frozen parts or hyperparameters: that is an error.
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
  /** Called after each batch. */
  readonly progress?: (progress: FitProgress) => void;
  /** Further objects that are told the same, one after another, after the functions above. */
  readonly callbacks?: readonly FitCallback[];
}

const positiveOrInfinite: Kind = {
  what: 'above 0',
  fits: (value) => typeof value === 'number' && value > 0,
};

const optionNames: OptionTable<FitOptions> = {
  train: required(aDataSource),
  val: aDataSource,
  loss: required(callback),
  optimizer: required(instance(() => Optimizer, 'an optimiser: new SGD(model.parameters(), { lr })')),
  schedule: {
    what: 'a function of time, or a ReduceLROnPlateau',
    fits: (value) => value instanceof ReduceLROnPlateau || callback.fits(value),
  },
  scheduleUnit: oneOf('epoch', 'step'),
  epochs: required(whole(0)),
  batchSize: whole(1),
  dropLast: flag,
  accumulate: whole(1),
  transform: aTransform,
  evalTransform: aTransform,
  evalBatchSize: whole(1),
  earlyStopping: table(earlyStoppingNames),
  restoreBest: flag,
  seed: whole(0),
  shuffle: flag,
  average: instance(() => AveragedModel, 'an AveragedModel: new AveragedModel(model, { decay })'),
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
  callbacks: anything,
};

/** @throws RangeError for options that contradict each other or name nothing to train on. */
export function checkOptions(options: FitOptions): void {
  checkNames('fit', options, optionNames);
  const { val, scores, resume, seed, earlyStopping } = options;
  checkData(options);
  checkCallbacks(options.callbacks);
  checkSchedule(options);
  if (val && isExamples(val) && val.rows.length === 0)
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
  if (resume) checkResume(options, resume);
}

/** @throws TypeError or RangeError if the batches cannot be made. */
function checkData({ train, val, epochs, batchSize, evalBatchSize, dropLast }: FitOptions): void {
  if (isExamples(train)) {
    if (train.rows.length === 0) throw new RangeError('fit: there are no training images');
    if (batchSize === undefined)
      throw new TypeError('fit: batchSize is missing; it must be a whole number above 0');
    requireBatches('fit', train.rows.length, batchSize, dropLast);
  } else if (dropLast) {
    throw new RangeError('fit: dropLast is for examples(); an iterable leaves out what it wants itself');
  }
  requireOwnBatches('fit', train, batchSize);
  if (val) requireOwnBatches('fit', val, evalBatchSize, 'evalBatchSize');
  for (const [what, data] of Object.entries({ train, val })) {
    if (!data || epochs < 2 || !isOneShot(data)) continue;
    throw new TypeError(
      `fit: ${what} is an iterator, which gives its batches once, but there are ${epochs} epochs; ` +
        'give the function that makes it: (epoch) => …',
    );
  }
}

/** @throws RangeError or TypeError if a plateau cannot be followed. */
function checkSchedule({ schedule, scheduleUnit, optimizer }: FitOptions): void {
  if (!(schedule instanceof ReduceLROnPlateau)) return;
  if (schedule.optimizer !== optimizer) {
    throw new TypeError("fit: the schedule is a ReduceLROnPlateau of another optimiser; make it with fit's");
  }
  if (scheduleUnit !== undefined) {
    throw new RangeError('fit: a ReduceLROnPlateau looks once in an epoch; leave scheduleUnit out');
  }
}

/** @throws RangeError if the state holds what the options do not have, or the other way round. */
function checkResume({ train, average, schedule, transform }: FitOptions, state: FitState): void {
  const { normalization } = state;
  if (normalization && isExamples(train) && !sameNormalization(normalization, train.normalization)) {
    const said = ({ mean, std }: Normalization) => `mean ${mean} and std ${std}`;
    throw new RangeError(
      `fit: the state to resume was trained with ${said(normalization)}, and these images have ` +
        `${said(train.normalization)}; make the examples with the same`,
    );
  }
  const parts = [
    ['an average of weights', 'average', average, state.average],
    ['a ReduceLROnPlateau', 'schedule', schedule instanceof ReduceLROnPlateau, state.plateau],
    ['a transform that is a module', 'transform', moduleOf(transform), state.transform],
  ] as const;
  for (const [what, name, given, saved] of parts) {
    if (Boolean(given) === (saved !== undefined)) continue;
    throw new RangeError(
      `fit: the state to resume ${saved ? 'has' : 'does not have'} ${what}, and the options ` +
        `${saved ? 'do not' : 'do'}; give the same ${name} as before`,
    );
  }
}
