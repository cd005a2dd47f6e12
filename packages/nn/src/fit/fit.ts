import { checkValue } from '@glassbox/options';
import type { Runtime } from '@glassbox/tensor-core/functions';
import { batchCount } from '../data/order.ts';
import { type DataSource, isExamples } from '../data/source.ts';
import { moduleOf } from '../data/transform.ts';
import { aModule } from '../module/kinds.ts';
import { startTraining } from '../module/modes.ts';
import type { Module } from '../module/module.ts';
import { firstNonFinite, type StateDict } from '../module/state-dict.ts';
import type { AveragedState } from '../optim/averaged-model.ts';
import { ReduceLROnPlateau } from '../schedule/reduce-lr-on-plateau.ts';
import type { FitCallback } from './callbacks.ts';
import { countersOf, restoreCounters } from './counters.ts';
import { EarlyStopping } from './early-stopping.ts';
import { EpochSteps, type RunningEpoch } from './epoch-steps.ts';
import { NoBestEpochError, NonFiniteLossError } from './errors.ts';
import { type Evaluation, Evaluator } from './evaluate.ts';
import { checkOptions, type FitOptions } from './fit-options.ts';
import type { FitState } from './fit-state.ts';
import { checkedScores, type EpochRecord, type FitResult, monitored, type StopReason } from './records.ts';
import { restoreModes, saveModes } from './saved-modes.ts';
import { type EpochTotals, Totals } from './totals.ts';
import { TrainingSteps } from './training-steps.ts';

/** Steps of the next epoch that are queued while figures travel: about what `BackPressure` lets run ahead. */
const stepsAhead = 3;

/**
 * Trains a model, from its first step in training mode (`model.train()`); parts that are in evaluation mode by
 * themselves (`net.norm.eval()`) stay there. The model may be used and evaluated meanwhile. The same seed, model,
 * data and device give the same bits, interrupted and resumed or not.
 *
 * What the host does in `forward` and `loss` is repeated as it was at first (see `Runtime.record`): a coefficient that
 * changes between epochs is noticed and taken over, one that changes within an epoch must be a `stepInput`.
 * @throws StepChangedError if the model or the loss does something else within an epoch.
 * @throws what an iterable of batches throws, as it is.
 * @throws NoBestEpochError if the value that chooses the best epoch could not be compared in any of them.
 * @throws NonFiniteLossError if a loss or weight becomes NaN or infinite; the model then has its last good state.
 * @throws RangeError if a label is no class: before the first step if the host knows it, else at the end of the epoch.
 */
export async function fit(model: Module, options: FitOptions): Promise<FitResult> {
  checkValue('fit', 'the model', model, aModule);
  checkOptions(options);
  const training = new Training(model, options);
  try {
    return await training.run();
  } finally {
    await training.dispose();
  }
}

class Training {
  readonly #model: Module;
  readonly #options: FitOptions;
  readonly #callbacks: readonly FitCallback[];
  readonly #totals: Totals;
  readonly #steps: TrainingSteps;
  readonly #epochs: EpochSteps;
  readonly #evaluator: Evaluator | undefined;
  readonly #stopping: EarlyStopping;
  readonly #plateau: ReduceLROnPlateau | undefined;
  readonly #history: EpochRecord[] = [];
  readonly #seed: number;
  #last: StateDict = new Map();
  #best: StateDict = new Map();
  #lastAverage: AveragedState | undefined;
  /** The next epoch, if some of its steps are queued already. */
  #ahead: RunningEpoch | undefined;
  /** When the last epoch was recorded, by `performance.now()`. */
  #recorded = 0;

  constructor(model: Module, options: FitOptions) {
    const { val, loss, evalBatchSize, earlyStopping, schedule } = options;
    const { onEpochStart, onEpoch, progress, callbacks = [] } = options;
    const train = withRole(options.train, 'training');
    const runtime = options.optimizer.parameters[0].runtime;
    if (isExamples(train) && train.runtime !== runtime) throw onOtherDevice(train.runtime, runtime);
    const own = new Set(model.parameters());
    if (!options.optimizer.parameters.some((parameter) => own.has(parameter))) {
      throw new TypeError(
        "fit: none of the optimiser's parameters is the model's, which would not learn; " +
          'make it with model.parameters()',
      );
    }
    if (options.average && options.average.model !== model) {
      throw new TypeError('fit: the average is of another model; make it with new AveragedModel(model)');
    }
    this.#model = model;
    this.#options = { ...options, train };
    this.#callbacks = [{ onEpochStart, onEpoch, onStep: progress }, ...callbacks];
    this.#seed = options.resume?.seed ?? options.seed ?? 0;
    this.#totals = new Totals(runtime);
    this.#evaluator =
      val &&
      new Evaluator(model, withRole(val, 'validation'), runtime, {
        loss,
        batchSize: evalBatchSize,
        transform: options.evalTransform,
        owner: 'fit',
        what: 'val',
      });
    this.#stopping = new EarlyStopping({
      patience: Number.POSITIVE_INFINITY,
      ...earlyStopping,
      monitor: earlyStopping?.monitor ?? (val ? 'valLoss' : 'trainLoss'),
    });
    this.#plateau = schedule instanceof ReduceLROnPlateau ? schedule : undefined;
    if (this.#plateau && this.#plateau.mode !== this.#stopping.mode) {
      throw new RangeError(
        `fit: the ReduceLROnPlateau has mode '${this.#plateau.mode}', but '${this.#stopping.monitor}', ` +
          `which it would see, is better with '${this.#stopping.mode}'`,
      );
    }
    this.#steps = new TrainingSteps(model, this.#options, runtime, this.#totals);
    this.#epochs = new EpochSteps(this.#options, this.#callbacks, runtime, this.#steps, this.#seed);
  }

  async run(): Promise<FitResult> {
    const { epochs, resume, restoreBest = true, average } = this.#options;
    startTraining(this.#model);
    if (resume) this.#restore(resume);
    this.#last = await this.#model.stateDict();
    this.#lastAverage = await average?.stateDict();
    if (!resume) this.#best = this.#last;
    this.#epochs.start();
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
    if (stopReason === 'interrupted') this.#restoreAverage();
    const result: FitResult = {
      history: this.#history,
      bestEpoch: this.#stopping.state.bestEpoch,
      bestState: this.#best,
      stopReason,
      seconds: this.#history.reduce((sum, { seconds }) => sum + seconds, 0),
    };
    for (const callback of this.#callbacks) await callback.onEnd?.(result);
    if (stopReason !== 'interrupted' && this.#history.length > 0 && !this.#stopping.comparable)
      throw new NoBestEpochError(this.#stopping.monitor, this.#stopping.state.bestValue, result);
    return result;
  }

  async dispose(): Promise<void> {
    this.#totals.dispose();
    this.#steps.dispose();
    this.#evaluator?.dispose();
    await this.#epochs.dispose();
  }

  /** @returns false if it was interrupted. */
  async #epoch(epoch: number): Promise<boolean> {
    const { train: data, optimizer, checkpoint, scores, transform, average } = this.#options;
    const running = this.#ahead ?? this.#epochs.begin(epoch);
    this.#ahead = undefined;
    if (!(await this.#epochs.run(running, this.#history.at(-1)))) return false;
    // Everything is read as it is now, whatever is queued until it has arrived: one wait for all of it.
    const giveBack = average?.swapIn();
    let val: Awaited<ReturnType<Evaluator['queue']>> | undefined;
    let averaged: Promise<StateDict> | undefined;
    try {
      val = await this.#evaluator?.queue({ outputs: scores !== undefined, epoch });
      if (average) averaged = this.#model.stateDict();
      averaged?.catch(() => {}); // thrown below
    } finally {
      giveBack?.();
    }
    const figures = Promise.all([
      this.#totals.read(),
      val?.evaluation,
      this.#model.stateDict(),
      checkpoint && optimizer.stateDict(),
      average?.stateDict(),
      averaged,
    ]);
    figures.catch(() => {}); // thrown where it is awaited, below
    const learningRates = optimizer.groups.map(({ lr }) => lr);
    const counters = countersOf(this.#model);
    const transformCounters = countersOf(moduleOf(transform));
    const { updates } = this.#steps;
    let settings = this.#settings();
    if (this.#queuesAhead(epoch)) {
      this.#ahead = this.#epochs.begin(epoch + 1);
      await this.#epochs.run(this.#ahead, this.#history.at(-1), stepsAhead);
    }
    const [train, evaluation, state, optimizerState, averageState, averagedModel] = await figures;
    this.#requireFinite(epoch, 'training loss', train.loss);
    if (evaluation) this.#requireFinite(epoch, 'validation loss', evaluation.loss);
    const bad = firstNonFinite(state);
    if (bad) this.#diverged(epoch, `weight '${bad.name}'`);
    this.#last = state;
    this.#lastAverage = averageState;
    const queuedWith = this.#ahead && JSON.stringify(this.#settings());
    // Steps that were queued ahead count to the epoch before: no second counts twice.
    const now = performance.now();
    const seconds = (now - Math.max(running.started, this.#recorded)) / 1000;
    this.#recorded = now;
    const record = { ...this.#record(epoch, train, evaluation), learningRates, seconds };
    this.#history.push(record);
    const watched = monitored(record, this.#stopping.monitor);
    if (this.#stopping.update(epoch, watched)) this.#best = averagedModel ?? state;
    this.#plateau?.step(watched);
    for (const callback of this.#callbacks) await callback.onEpoch?.(record);
    // What callbacks set belongs to the state from which the next epoch begins.
    if (!this.#ahead) settings = this.#settings();
    if (checkpoint && optimizerState) {
      await checkpoint({
        epoch,
        seed: this.#seed,
        model: state,
        best: this.#best,
        optimizer: { ...optimizerState, groups: settings.groups },
        stopping: this.#stopping.state,
        history: [...this.#history],
        counters,
        updates,
        ...(isExamples(data) ? { normalization: data.normalization } : {}),
        ...(averageState ? { average: averageState } : {}),
        ...(moduleOf(transform) ? { transform: transformCounters } : {}),
        ...(this.#plateau ? { plateau: this.#plateau.stateDict() } : {}),
        modes: settings.modes,
      });
    }
    if (queuedWith !== undefined && queuedWith !== JSON.stringify(this.#settings())) {
      throw new Error(
        `fit: a callback after epoch ${epoch} changed modes, frozen parts or hyperparameters, ` +
          'but steps of the next epoch were queued before it ran; pass queueAhead: false, ' +
          'or change them in onEpochStart',
      );
    }
    return true;
  }

  /** What users may set while a training runs. */
  #settings() {
    return {
      modes: saveModes(this.#model, this.#steps.modes),
      groups: this.#options.optimizer.hyperState(),
    };
  }

  /** True if the next epoch comes for certain and nobody looks at the model in between. */
  #queuesAhead(epoch: number): boolean {
    const looked = this.#callbacks.some(({ onEpoch, onEpochStart }) => onEpoch || onEpochStart);
    const { epochs, queueAhead = !looked && !this.#plateau } = this.#options;
    return queueAhead && epoch < epochs && !this.#stopping.mayExhaust;
  }

  #record(epoch: number, train: EpochTotals, val: Evaluation | undefined) {
    const { scores } = this.#options;
    return {
      epoch,
      trainLoss: train.loss,
      ...(train.accuracy === undefined ? {} : { trainAccuracy: train.accuracy }),
      ...(val ? { valLoss: val.loss } : {}),
      ...(val?.accuracy === undefined ? {} : { valAccuracy: val.accuracy }),
      scores: val?.outputs && scores ? checkedScores(scores(val.outputs)) : {},
    };
  }

  #restore(state: FitState): void {
    const { optimizer } = this.#options;
    this.#model.loadStateDict(state.model);
    optimizer.loadStateDict(state.optimizer);
    this.#best = state.best;
    this.#stopping.restore(state.stopping);
    this.#history.push(...state.history);
    if (state.modes) restoreModes(this.#model, state.modes);
    restoreCounters(this.#model, state.counters);
    restoreCounters(moduleOf(this.#options.transform), state.transform);
    if (state.average) this.#options.average?.loadStateDict(state.average);
    if (state.plateau) this.#plateau?.loadStateDict(state.plateau);
    this.#steps.updates = state.updates ?? state.epoch * this.#updatesPerEpoch;
  }

  /** Of examples; what a state of an older version does not say. */
  get #updatesPerEpoch(): number {
    const { train, batchSize = 1, dropLast, accumulate = 1 } = this.#options;
    const batches = isExamples(train) ? batchCount(train.rows.length, batchSize, dropLast) : 0;
    return Math.ceil(batches / accumulate);
  }

  #requireFinite(epoch: number, what: string, value: number): void {
    if (!Number.isFinite(value)) this.#diverged(epoch, what);
  }

  #restoreAverage(): void {
    if (this.#lastAverage) this.#options.average?.loadStateDict(this.#lastAverage);
  }

  #diverged(epoch: number, what: string): never {
    this.#model.loadStateDict(this.#last);
    this.#restoreAverage();
    throw new NonFiniteLossError(epoch, what, this.#history, { epoch: epoch - 1, state: this.#last });
  }
}

/** What errors call the data's images. */
function withRole(data: DataSource, role: string): DataSource {
  return isExamples(data) ? { ...data, role } : data;
}

function onOtherDevice(data: Runtime, model: Runtime): Error {
  return new Error(
    `fit: train is on another device (${data.device.info.adapter}) than the optimiser's parameters ` +
      `(${model.device.info.adapter}); make both with one runtime`,
  );
}
