import type { StateDict } from '../module/state-dict.ts';
import type { EpochRecord } from './records.ts';

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
      `fit: the ${what} became NaN or infinite in epoch ${epoch}. The model has the weights of ${
        lastGood.epoch === 0 ? 'the start' : `epoch ${lastGood.epoch}`
      } again. Use a smaller learning rate, a warm-up, or gradient clipping (clipNorm); check the data for wrong labels`,
    );
    this.epoch = epoch;
    this.what = what;
    this.history = history;
    this.lastGood = lastGood;
  }
}
