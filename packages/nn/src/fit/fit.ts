import { checkValue } from '@glassbox/options';
import { backward } from '@glassbox/tensor-core';
import { gatherBatch } from '../data/examples.ts';
import { aModule } from '../module/kinds.ts';
import { startTraining } from '../module/modes.ts';
import type { Module } from '../module/module.ts';
import { firstNonFinite, type StateDict } from '../module/state-dict.ts';
import { RandomStream } from '../random/stream.ts';
import { BackPressure } from './back-pressure.ts';
import { EarlyStopping } from './early-stopping.ts';
import { NoBestEpochError, NonFiniteLossError } from './errors.ts';
import { type Evaluation, Evaluator } from './evaluate.ts';
import { checkOptions, type FitOptions } from './fit-options.ts';
import type { FitState } from './fit-state.ts';
import { progressAt } from './progress.ts';
import { RecordedBatches } from './recorded-batches.ts';
import { checkedScores, type EpochRecord, type FitResult, monitored, type StopReason } from './records.ts';
import { restoreModes, saveModes } from './saved-modes.ts';
import { type EpochTotals, Totals } from './totals.ts';

/** The stream of the shuffles: far from those that initial weights and dropout count up from 0. */
const shuffleStream = 0x73687566;

/** Steps of the next epoch that are queued while figures travel: about what `BackPressure` lets run ahead. */
const stepsAhead = 3;

/** An epoch whose steps are being queued. */
interface RunningEpoch {
  readonly epoch: number;
  readonly started: number;
  readonly batches: Iterator<Uint32Array>;
  readonly pressure: BackPressure;
  /** Steps that it has, and those queued. */
  readonly steps: number;
  step: number;
}

/**
 * Trains a model, from its first step in training mode (`model.train()`); parts that are in evaluation mode by
 * themselves (`net.norm.eval()`) stay there. The model may be used and evaluated meanwhile. The same seed, model,
 * data and device give the same bits, interrupted and resumed or not.
 *
 * What the host does in `forward` and `loss` is repeated as it was at first (see `Runtime.record`): a coefficient that
 * changes between epochs is noticed and taken over, one that changes within an epoch must be a `stepInput`.
 * @throws StepChangedError if the model or the loss does something else within an epoch.
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
  /** The next epoch, if some of its steps are queued already. */
  #ahead: RunningEpoch | undefined;
  #imagesDone = 0;
  #started = performance.now();

  constructor(model: Module, options: FitOptions) {
    const { val, loss, optimizer, clipNorm, evalBatchSize, earlyStopping, checkEvery } = options;
    const train = { ...options.train, role: 'training' };
    this.#model = model;
    this.#options = options;
    this.#seed = options.resume?.seed ?? options.seed ?? 0;
    this.#totals = new Totals(train.runtime);
    this.#evaluator = val && new Evaluator(model, { ...val, role: 'validation' }, loss, evalBatchSize);
    this.#stopping = new EarlyStopping({
      patience: Number.POSITIVE_INFINITY,
      ...earlyStopping,
      monitor: earlyStopping?.monitor ?? (val ? 'valLoss' : 'trainLoss'),
    });
    this.#steps = new RecordedBatches(train.runtime, { model, training: true, checkEvery }, (rows) => {
      const batch = gatherBatch(train, rows);
      const output = model.forward(batch.images);
      const value = loss(output, batch);
      this.#totals.add(value, output, batch);
      backward(value);
      if (clipNorm !== undefined) optimizer.clipGradients(clipNorm);
      optimizer.step();
      optimizer.zeroGrad();
      return undefined;
    });
  }

  async run(): Promise<FitResult> {
    const { epochs, resume, restoreBest = true } = this.#options;
    startTraining(this.#model);
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
    const result: FitResult = {
      history: this.#history,
      bestEpoch: this.#stopping.state.bestEpoch,
      bestState: this.#best,
      stopReason,
      seconds: this.#history.reduce((sum, { seconds }) => sum + seconds, 0),
    };
    if (stopReason !== 'interrupted' && this.#history.length > 0 && !this.#stopping.comparable)
      throw new NoBestEpochError(this.#stopping.monitor, this.#stopping.state.bestValue, result);
    return result;
  }

  dispose(): void {
    this.#totals.dispose();
    this.#steps.dispose();
    this.#evaluator?.dispose();
  }

  /** @returns false if it was interrupted. */
  async #epoch(epoch: number): Promise<boolean> {
    const { optimizer, onEpoch, checkpoint, scores } = this.#options;
    const running = this.#ahead ?? this.#begin(epoch);
    this.#ahead = undefined;
    if (!(await this.#run(running))) return false;
    // Everything is read as it is now, whatever is queued until it has arrived: one wait for all of it.
    const val = await this.#evaluator?.queue({ outputs: scores !== undefined });
    const figures = Promise.all([
      this.#totals.read(),
      val?.evaluation,
      this.#model.stateDict(),
      checkpoint && optimizer.stateDict(),
    ]);
    figures.catch(() => {}); // thrown where it is awaited, below
    const learningRates = optimizer.groups.map(({ lr }) => lr);
    const counters = this.#counters();
    let settings = this.#settings();
    if (this.#queuesAhead(epoch)) {
      this.#ahead = this.#begin(epoch + 1);
      await this.#run(this.#ahead, stepsAhead);
    }
    const [train, evaluation, state, optimizerState] = await figures;
    this.#requireFinite(epoch, 'training loss', train.loss);
    if (evaluation) this.#requireFinite(epoch, 'validation loss', evaluation.loss);
    const bad = firstNonFinite(state);
    if (bad) this.#diverged(epoch, `weight '${bad.name}'`);
    this.#last = state;
    const queuedWith = this.#ahead && JSON.stringify(this.#settings());
    const seconds = (performance.now() - running.started) / 1000;
    const record = { ...this.#record(epoch, train, evaluation), learningRates, seconds };
    this.#history.push(record);
    if (this.#stopping.update(epoch, monitored(record, this.#stopping.monitor))) this.#best = state;
    await onEpoch?.(record);
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
    const { epochs, onEpoch, onEpochStart, queueAhead = !onEpoch && !onEpochStart } = this.#options;
    return queueAhead && epoch < epochs && !this.#stopping.mayExhaust;
  }

  /** Makes everything ready for an epoch's first step. */
  #begin(epoch: number): RunningEpoch {
    const { train, batchSize, schedule, scheduleUnit = 'epoch', optimizer, onEpochStart } = this.#options;
    const started = performance.now();
    onEpochStart?.(epoch);
    if (schedule && scheduleUnit === 'epoch') optimizer.scaleRates(schedule(epoch - 1));
    this.#totals.reset();
    return {
      epoch,
      started,
      batches: this.#steps.pass(this.#order(epoch), batchSize),
      pressure: new BackPressure(train.runtime),
      steps: Math.ceil(train.rows.length / batchSize),
      step: 0,
    };
  }

  /**
   * Queues an epoch's steps, at most `most` of them.
   * @returns false if it was interrupted.
   */
  async #run(running: RunningEpoch, most = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { train, epochs, schedule, scheduleUnit, optimizer, signal, progress } = this.#options;
    const { epoch, steps, pressure } = running;
    for (let count = 0; count < most; count++) {
      const { value: rows, done } = running.batches.next();
      if (done) break;
      if (signal?.aborted) return false;
      if (schedule && scheduleUnit === 'step')
        optimizer.scaleRates(schedule((epoch - 1) * steps + running.step));
      this.#steps.run(rows);
      await pressure.step();
      running.step++;
      this.#imagesDone += rows.length;
      progress?.(
        progressAt({
          at: { epoch, epochs, step: running.step, steps },
          images: { done: this.#imagesDone, inEpoch: train.rows.length },
          seconds: (performance.now() - this.#started) / 1000,
          last: this.#history.at(-1),
        }),
      );
    }
    return true;
  }

  /** Row numbers of an epoch in its own order: a function of seed and epoch, so that a resumed run draws the same. */
  #order(epoch: number): Uint32Array {
    const { train, shuffle = true } = this.#options;
    if (!shuffle) return train.rows;
    const order = new RandomStream(this.#seed, [shuffleStream, epoch]).permutation(train.rows.length);
    return order.map((index) => train.rows[index]);
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
    for (const [name, counter] of this.#model.namedStepCounters()) counter.value = state.counters[name] ?? 0;
  }

  #counters(): Record<string, number> {
    return Object.fromEntries([...this.#model.namedStepCounters()].map(([name, { value }]) => [name, value]));
  }

  #requireFinite(epoch: number, what: string, value: number): void {
    if (!Number.isFinite(value)) this.#diverged(epoch, what);
  }

  #diverged(epoch: number, what: string): never {
    this.#model.loadStateDict(this.#last);
    throw new NonFiniteLossError(epoch, what, this.#history, { epoch: epoch - 1, state: this.#last });
  }
}
