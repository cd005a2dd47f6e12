import {
  atLeast0,
  checkOptions,
  checkValue,
  instance,
  type OptionTable,
  oneOf,
  share,
  whole,
} from '@glassbox/options';
import { Optimizer } from '../optim/optimizer.ts';

/** When the rates fall, and how far, under PyTorch's names. */
export interface ReduceLROnPlateauOptions {
  /** Whether smaller or larger values are better. Default `min`. */
  readonly mode?: 'min' | 'max';
  /** What each rate is multiplied by, below 1. Default 0.1. */
  readonly factor?: number;
  /** So many values in a row may be no better before the rates fall. Default 10. */
  readonly patience?: number;
  /** How much better counts as better. Default 1e-4. */
  readonly threshold?: number;
  /** Whether `threshold` is a share of the best value (`rel`, the default) or a difference from it (`abs`). */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Values after a fall that are not counted. Default 0. */
  readonly cooldown?: number;
  /** No rate falls below this. Default 0. */
  readonly minLr?: number;
  /** A rate that would change by no more than this stays. Default 1e-8. */
  readonly eps?: number;
}

const optionNames: OptionTable<ReduceLROnPlateauOptions> = {
  mode: oneOf('min', 'max'),
  factor: share,
  patience: whole(0),
  threshold: atLeast0,
  thresholdMode: oneOf('rel', 'abs'),
  cooldown: whole(0),
  minLr: atLeast0,
  eps: atLeast0,
};

/** What must be kept to go on after an interruption; the rates are in the optimiser's own state. */
export interface PlateauState {
  /** The best value so far; null before the first. */
  readonly best: number | null;
  /** Values since that were no better. */
  readonly badCount: number;
  /** Values that are still not counted. */
  readonly cooldownLeft: number;
}

// biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
type AnyOptimizer = Optimizer<any>;

/**
 * Lowers an optimiser's rates when a value no longer improves, as `torch.optim.lr_scheduler.ReduceLROnPlateau`. It
 * follows what it sees, not the time. Given to `fit` as its `schedule`, it sees the value that early stopping watches
 * (the validation loss, unless `monitor` says otherwise) after each epoch, and is saved and resumed with the training.
 * In a loop of one's own, call `step` with a value now and then.
 */
export class ReduceLROnPlateau {
  readonly #optimizer: AnyOptimizer;
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #state: PlateauState = { best: null, badCount: 0, cooldownLeft: 0 };

  /** @throws RangeError if `factor` is 1: rates would never fall. */
  constructor(optimizer: AnyOptimizer, options: ReduceLROnPlateauOptions = {}) {
    checkValue(
      'ReduceLROnPlateau',
      'optimizer',
      optimizer,
      instance(() => Optimizer, 'an optimiser'),
    );
    checkOptions('ReduceLROnPlateau', options, optionNames);
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = 'rel' } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    if (factor >= 1) throw new RangeError(`ReduceLROnPlateau: factor must be below 1, not ${factor}`);
    this.#optimizer = optimizer;
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
  }

  /** The optimiser whose rates it lowers. */
  get optimizer(): AnyOptimizer {
    return this.#optimizer;
  }

  /** Whether smaller or larger values are better. */
  get mode(): 'min' | 'max' {
    return this.#options.mode;
  }

  /** Looks at one more value, usually a validation loss: NaN counts as no better. @returns whether the rates fell */
  step(value: number): boolean {
    if (typeof value !== 'number') {
      throw new TypeError(
        `ReduceLROnPlateau: step takes a number, not ${typeof value}; await loss.item() gives one`,
      );
    }
    const { patience, cooldown } = this.#options;
    let { best, badCount, cooldownLeft } = this.#state;
    if (this.#isBetter(value, best)) {
      best = value;
      badCount = 0;
    } else badCount++;
    if (cooldownLeft > 0) {
      cooldownLeft--;
      badCount = 0;
    }
    const falls = badCount > patience;
    if (falls) this.#lower();
    this.#state = falls ? { best, badCount: 0, cooldownLeft: cooldown } : { best, badCount, cooldownLeft };
    return falls;
  }

  #isBetter(value: number, best: number | null): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    if (best === null)
      return mode === 'min' ? value < Number.POSITIVE_INFINITY : value > Number.NEGATIVE_INFINITY;
    const sign = mode === 'min' ? -1 : 1;
    const limit = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? value < limit : value > limit;
  }

  #lower(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.#optimizer.groups) {
      const lower = Math.max(group.lr * factor, minLr);
      if (group.lr - lower > eps) group.lr = lower;
    }
  }

  /** What to save beside the optimiser's state. */
  stateDict(): PlateauState {
    return { ...this.#state };
  }

  /** Goes on from a saved state. */
  loadStateDict(state: PlateauState): void {
    const { best, badCount, cooldownLeft } = state;
    checkValue('ReduceLROnPlateau', 'badCount', badCount, whole(0));
    checkValue('ReduceLROnPlateau', 'cooldownLeft', cooldownLeft, whole(0));
    if (best !== null && typeof best !== 'number') {
      throw new TypeError(`ReduceLROnPlateau: best must be a number or null, not ${typeof best}`);
    }
    this.#state = { best, badCount, cooldownLeft };
  }
}

/** True if a value read from a file is one of these. */
export function isPlateauState(value: unknown): value is PlateauState {
  if (typeof value !== 'object' || value === null) return false;
  const { best, badCount, cooldownLeft } = value as Partial<Record<keyof PlateauState, unknown>>;
  const isCount = (count: unknown) => whole(0).fits(count);
  return (best === null || typeof best === 'number') && isCount(badCount) && isCount(cooldownLeft);
}
