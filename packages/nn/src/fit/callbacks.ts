import { show } from '@glassbox/options';
import type { FitProgress } from './progress.ts';
import type { EpochRecord, FitResult } from './records.ts';

/**
 * What is told while a training runs, each part where it is given. An object of a class may have fields of its own
 * beside.
 */
export interface FitCallback {
  /** See `FitOptions.onEpochStart`. */
  onEpochStart?(epoch: number): void;
  /** After each batch: see `FitOptions.progress`. */
  onStep?(progress: FitProgress): void;
  /** See `FitOptions.onEpoch`. */
  onEpoch?(record: EpochRecord): void | Promise<void>;
  /** When training has ended by itself, by patience or by `signal`; not after an error. */
  onEnd?(result: FitResult): void | Promise<void>;
}

const names = ['onEpochStart', 'onStep', 'onEpoch', 'onEnd'] as const;

/** @throws TypeError unless they are a list of objects with functions of these names. */
export function checkCallbacks(callbacks: unknown): void {
  if (callbacks === undefined) return;
  if (!Array.isArray(callbacks)) {
    throw new TypeError(`fit: callbacks must be a list, [{ onEpoch }], not ${show(callbacks)}`);
  }
  for (const [index, callback] of callbacks.entries()) {
    const owner = `fit: callbacks[${index}]`;
    if (typeof callback !== 'object' || callback === null) {
      throw new TypeError(`${owner} must be an object with ${names.join(', ')}, not ${show(callback)}`);
    }
    for (const name in callback) {
      if (/^on[A-Z]/.test(name) && !names.includes(name as (typeof names)[number])) {
        throw new TypeError(`${owner}: there is no '${name}'; there are ${names.join(', ')}`);
      }
    }
    const given = names.filter((name) => callback[name] !== undefined);
    if (given.length === 0) throw new TypeError(`${owner} has none of ${names.join(', ')}`);
    for (const name of given) {
      if (typeof callback[name] !== 'function') {
        throw new TypeError(`${owner}: ${name} must be a function, not ${show(callback[name])}`);
      }
    }
  }
}
