import { atLeast0, atLeast1, checkOptions, type OptionTable, oneOf, required, text } from '@glassbox/options';

/** When to stop, and which epoch is the best. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** The smallest change that counts as an improvement, in the monitored value's units. Default 0: any. Finite. */
  readonly minDelta?: number;
  /**
   * What is watched: `valLoss` (default), `trainLoss`, or the name of a score that `scores` returns, such as `auc`.
   */
  readonly monitor?: string;
  /**
   * Whether smaller or larger is better. Default `min` where the name ends in `loss`, `max` for other scores; a name
   * that sounds like an error (`mse`, `brier`, …) has no default.
   */
  readonly mode?: 'min' | 'max';
}

/** See `@glassbox/options`. */
export const earlyStoppingNames: OptionTable<EarlyStoppingOptions> = {
  patience: required(atLeast1),
  minDelta: atLeast0,
  monitor: text,
  mode: oneOf('min', 'max'),
};

/** What must be kept to go on after an interruption. */
export interface EarlyStoppingState {
  /** The best epoch so far (from 1), 0 before the first. The latest one, as long as no value could be compared. */
  bestEpoch: number;
  /** The monitored value of that epoch. */
  bestValue: number;
  /** Epochs since. */
  waited: number;
}

/** Names of which larger is hardly better. */
const errorLike = /(error|err|mse|mae|rmse|nll|ece|brier|perplexity|distance|divergence)$/i;

/** Watches one value per epoch: remembers the best and counts the epochs since. */
export class EarlyStopping {
  /** The value that it watches: `valLoss`, `trainLoss`, or one of the scores. */
  readonly monitor: string;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #sign: 1 | -1;
  #state: EarlyStoppingState = { bestEpoch: 0, bestValue: Number.NaN, waited: 0 };

  constructor(options: EarlyStoppingOptions) {
    checkOptions('earlyStopping', options, earlyStoppingNames);
    const { patience, minDelta = 0, monitor = 'valLoss', mode } = options;
    if (mode === undefined && errorLike.test(monitor)) {
      throw new RangeError(
        `earlyStopping: '${monitor}' sounds as if smaller were better, but scores are taken to be better when ` +
          `larger; say mode: 'min' or mode: 'max'`,
      );
    }
    this.monitor = monitor;
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#sign = (mode ?? (/loss$/i.test(monitor) ? 'min' : 'max')) === 'min' ? 1 : -1;
  }

  /** Whether smaller or larger values are better. */
  get mode(): 'min' | 'max' {
    return this.#sign === 1 ? 'min' : 'max';
  }

  /** The state to save; `restore` takes it back. */
  get state(): EarlyStoppingState {
    return { ...this.#state };
  }

  /** Goes on from a state that `state` gave. */
  restore(state: EarlyStoppingState): void {
    this.#state = { ...state };
  }

  /**
   * Takes an epoch's value.
   * @returns true if it is the best so far (by more than `minDelta`), or the latest while none could be compared.
   */
  update(epoch: number, value: number): boolean {
    const { bestEpoch, bestValue, waited } = this.#state;
    const known = this.comparable;
    if (!this.#compares(value)) {
      // A score that cannot be computed is never the best; the latest epoch stands in until one can.
      if (known) this.#state.waited++;
      else this.#state = { bestEpoch: epoch, bestValue: value, waited: bestEpoch === 0 ? 0 : waited + 1 };
      return !known;
    }
    const better = !known || this.#sign * (bestValue - value) > this.#minDelta;
    if (better) this.#state = { bestEpoch: epoch, bestValue: value, waited: 0 };
    else this.#state.waited++;
    return better;
  }

  /** True once some epoch's value could be compared with others. */
  get comparable(): boolean {
    return this.#state.bestEpoch > 0 && this.#compares(this.#state.bestValue);
  }

  /** False for NaN, and for the infinity that is worse than everything. */
  #compares(value: number): boolean {
    return this.#sign * value < Number.POSITIVE_INFINITY;
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
