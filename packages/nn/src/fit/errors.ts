import type { StateDict } from '../module/state-dict.ts';
import type { EpochRecord, FitResult } from './records.ts';

/**
 * Training diverged: a loss or a weight became NaN or infinite. The model has been given back the last good state.
 */
export class NonFiniteLossError extends Error {
  override readonly name = 'NonFiniteLossError';
  /** The epoch in which it happened, from 1. */
  readonly epoch: number;
  /** What was not finite, for example `training loss`. */
  readonly what: string;
  /** The epochs before. */
  readonly history: readonly EpochRecord[];
  /** The state after the last epoch that was finite (0: the state that training began with). */
  readonly lastGood: { readonly epoch: number; readonly state: StateDict };

  constructor(
    epoch: number,
    what: string,
    history: readonly EpochRecord[],
    lastGood: { readonly epoch: number; readonly state: StateDict },
  ) {
    super(
      `fit: the ${what} became NaN or infinite in epoch ${epoch}. The model has the weights of ` +
        `${lastGood.epoch === 0 ? 'the start' : `epoch ${lastGood.epoch}`} again. Use a smaller learning rate, ` +
        'a warm-up, or gradient clipping (clipNorm); check the data for wrong labels',
    );
    this.epoch = epoch;
    this.what = what;
    this.history = history;
    this.lastGood = lastGood;
  }
}

/**
 * The value that chooses the best epoch was NaN (or the worst infinity) in every epoch: none can be said to be the
 * best. The model has the weights of the last epoch.
 */
export class NoBestEpochError extends Error {
  override readonly name = 'NoBestEpochError';
  /** The name of the value. */
  readonly monitor: string;
  /** What `fit` would have returned, with the last epoch as the best. */
  readonly result: FitResult;

  constructor(monitor: string, value: number, result: FitResult) {
    const { length } = result.history;
    super(
      `fit: '${monitor}' chooses the best epoch, but it was ${value} in the last of ${length} ` +
        `epochs and could be compared in none of them. The model has the weights of epoch ${length}; ` +
        `history and weights are in this error's result. Check what scores() ` +
        'makes of the validation outputs (has the ' +
        `validation set both classes?), or watch another value (earlyStopping: { monitor: 'valLoss' })`,
    );
    this.monitor = monitor;
    this.result = result;
  }
}
