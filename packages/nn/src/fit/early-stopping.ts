import {
  atLeast0,
  checkOptions,
  type Kind,
  type OptionTable,
  oneOf,
  required,
  text,
} from '@glassbox/options';

/** When to stop, and which epoch is the best. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** The smallest change that counts as an improvement, in the monitored value's units. Default 0: any. */
  readonly minDelta?: number;
  /**
   * What is watched: `valLoss` (default), `trainLoss`, or the name of a score that `scores` returns, such as `auc`.
   */
  readonly monitor?: string;
  /** Whether smaller or larger is better. Default `min` for losses, `max` for scores. */
  readonly mode?: 'min' | 'max';
}

const patience: Kind = {
  what: '1 or more',
  fits: (value) => typeof value === 'number' && value >= 1,
};

/** See `@glassbox/options`. */
export const earlyStoppingNames: OptionTable<EarlyStoppingOptions> = {
  patience: required(patience),
  minDelta: atLeast0,
  monitor: text,
  mode: oneOf('min', 'max'),
};

/** What must be kept to go on after an interruption. */
export interface EarlyStoppingState {
  /** The best epoch so far (from 1), 0 before the first. */
  bestEpoch: number;
  /** The monitored value of that epoch. */
  bestValue: number;
  /** Epochs since. */
  waited: number;
}

/** Watches one value per epoch: remembers the best and counts the epochs since. */
export class EarlyStopping {
  readonly monitor: string;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #sign: 1 | -1;
  #state: EarlyStoppingState = { bestEpoch: 0, bestValue: Number.NaN, waited: 0 };

  constructor(options: EarlyStoppingOptions) {
    checkOptions('earlyStopping', options, earlyStoppingNames);
    const { patience, minDelta = 0, monitor = 'valLoss', mode } = options;
    this.monitor = monitor;
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#sign = (mode ?? (monitor.endsWith('Loss') ? 'min' : 'max')) === 'min' ? 1 : -1;
  }

  /** The state to save; `restore` takes it back. */
  get state(): EarlyStoppingState {
    return { ...this.#state };
  }

  restore(state: EarlyStoppingState): void {
    this.#state = { ...state };
  }

  /**
   * Takes an epoch's value.
   * @returns true if it is the best so far (by more than `minDelta`).
   */
  update(epoch: number, value: number): boolean {
    const { bestEpoch, bestValue } = this.#state;
    const better = bestEpoch === 0 || this.#sign * (bestValue - value) > this.#minDelta;
    // A score that cannot be computed (NaN) is never the best; the first epoch stands in until one can.
    const replaces = bestEpoch === 0 || (Number.isNaN(bestValue) ? !Number.isNaN(value) : better);
    if (replaces) this.#state = { bestEpoch: epoch, bestValue: value, waited: 0 };
    else this.#state.waited++;
    return replaces;
  }

  /** True if one more epoch without improvement would exhaust patience. */
  get mayExhaust(): boolean {
    return this.#state.bestEpoch > 0 && this.#state.waited + 1 >= this.#patience;
  }

  /** True once patience has run out. */
  get exhausted(): boolean {
    return this.#state.waited >= this.#patience;
  }
}
