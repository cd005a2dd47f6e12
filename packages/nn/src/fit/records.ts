import type { StateDict } from '../module/state-dict.ts';

/** What one epoch gave. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the training images, in training mode, while the weights were changing. */
  readonly trainLoss: number;
  /** Share of training images answered rightly, likewise; absent without class labels. */
  readonly trainAccuracy?: number;
  /** Mean loss over the validation images after the epoch, in evaluation mode. */
  readonly valLoss?: number;
  /** Share of validation images answered rightly; absent without class labels. */
  readonly valAccuracy?: number;
  /** What `scores` made of the validation outputs. */
  readonly scores: Readonly<Record<string, number>>;
  /** Learning rate of each parameter group at the end of the epoch. */
  readonly learningRates: readonly number[];
  /** Time of training and validation together. Steps queued ahead count to the epoch in whose time they run. */
  readonly seconds: number;
}

/** Why training ended. */
export type StopReason = 'limit' | 'patience' | 'interrupted';

/** What a training gave. */
export interface FitResult {
  /** The record of each epoch, in order. */
  readonly history: readonly EpochRecord[];
  /** The epoch whose state the model has now (with `restoreBest`), from 1; 0 if no epoch was finished. */
  readonly bestEpoch: number;
  /** That epoch's state. */
  readonly bestState: StateDict;
  /** Why it ended: the epoch limit, no improvement, or a signal from outside. */
  readonly stopReason: StopReason;
  /** Training and validation time of all epochs, those before a resume included. */
  readonly seconds: number;
}

/**
 * The value of a record that early stopping watches.
 * @throws RangeError if the record has none of that name.
 */
export function monitored(record: EpochRecord, monitor: string): number {
  const { trainLoss, valLoss, trainAccuracy, valAccuracy, scores } = record;
  const values: Record<string, number | undefined> = {
    ...scores,
    trainLoss,
    valLoss,
    trainAccuracy,
    valAccuracy,
  };
  const value = Object.hasOwn(values, monitor) ? values[monitor] : undefined;
  if (value === undefined) {
    const known = Object.keys(values).filter((name) => values[name] !== undefined);
    throw new RangeError(`earlyStopping: there is no '${monitor}' to watch; there are ${known.join(', ')}`);
  }
  return value;
}

/** What every record has, or has with validation images or class labels. */
export const builtInScores: readonly string[] = ['trainLoss', 'trainAccuracy', 'valLoss', 'valAccuracy'];

/**
 * Checks what the user's `scores` gave.
 * @throws TypeError unless it is an object of numbers, RangeError if a name is taken.
 */
export function checkedScores(scores: unknown): Record<string, number> {
  if (typeof scores !== 'object' || scores === null || scores instanceof Promise) {
    const got = scores instanceof Promise ? 'a promise' : String(scores);
    throw new TypeError(`fit: scores must return an object of numbers at once, not ${got}`);
  }
  for (const [name, value] of Object.entries(scores)) {
    if (typeof value !== 'number')
      throw new TypeError(`fit: scores must return numbers, but '${name}' is ${String(value)}`);
    if (builtInScores.includes(name))
      throw new RangeError(`fit: scores returns '${name}', which fit computes itself; give it another name`);
  }
  return { ...(scores as Record<string, number>) };
}
