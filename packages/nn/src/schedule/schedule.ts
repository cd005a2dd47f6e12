import {
  anything,
  atLeast0,
  atLeast1,
  callback,
  checkOptions,
  checkValue,
  list,
  type OptionTable,
  oneOf,
  required,
  share,
  show,
} from '@glassbox/options';

/**
 * Learning-rate schedules. A schedule is a pure function of time: it has no state, so that a resumed run goes on
 * where it was.
 */

/**
 * The factor that multiplies every parameter group's own learning rate at time `t`, counted from 0 in epochs or in
 * optimiser steps (see `ScheduleUnit`).
 */
export type Schedule = (t: number) => number;

/** What a schedule's time counts. */
export type ScheduleUnit = 'epoch' | 'step';

/** The rate stays as it is, or is multiplied by a constant. */
export function constant(factor = 1): Schedule {
  check('constant', 'factor', factor, factor >= 0);
  return () => factor;
}

/**
 * Grows linearly from `start` to 1 over `length` (PyTorch's `LinearLR(start_factor, total_iters)`), then stays.
 */
export function warmUp(length: number, start = 0.1): Schedule {
  check('warmUp', 'length', length, length > 0);
  check('warmUp', 'start', start, start >= 0);
  return (t) => (t >= length ? 1 : start + ((1 - start) * t) / length);
}

/**
 * Falls from 1 to `end` along half a cosine over `length` (Loshchilov and Hutter, SGDR, 2017, without restarts;
 * PyTorch's `CosineAnnealingLR(T_max)` with `eta_min = end * lr`), then stays.
 */
export function cosine(length: number, end = 0): Schedule {
  check('cosine', 'length', length, length > 0);
  check('cosine', 'end', end, end >= 0);
  return (t) => end + ((1 - end) * (1 + Math.cos((Math.PI * Math.min(t, length)) / length))) / 2;
}

/** How `cosineRestarts` goes on after its first cosine. */
export interface RestartOptions {
  /** How many times as long each cosine is as the one before. Default 1. */
  readonly growth?: number;
  /** What each falls to. Default 0. */
  readonly end?: number;
}

const restartNames: OptionTable<RestartOptions> = { growth: atLeast1, end: atLeast0 };

/**
 * Half a cosine from 1 to `end`, then again from 1 (Loshchilov and Hutter, SGDR, 2017; PyTorch's
 * `CosineAnnealingWarmRestarts(T_0, T_mult)` with `eta_min = end * lr`).
 * @param length how long the first cosine lasts
 */
export function cosineRestarts(length: number, options: RestartOptions = {}): Schedule {
  check('cosineRestarts', 'length', length, length > 0);
  checkOptions('cosineRestarts', options, restartNames);
  const { growth = 1, end = 0 } = options;
  return (t) => {
    let [start, own] = [0, length];
    if (growth === 1) start = Math.floor(t / length) * length;
    else {
      for (; t >= start + own; own *= growth) start += own;
    }
    return cosine(own, end)(t - start);
  };
}

/** The shape of `oneCycle`. */
export interface OneCycleOptions {
  /** Share of the time in which the rate grows. Default 0.3. */
  readonly rise?: number;
  /** What it begins with. Default 1 / 25. */
  readonly start?: number;
  /** What it ends with. Default `start` / 10,000. */
  readonly end?: number;
  /** Along half a cosine (the default), or straight. */
  readonly anneal?: 'cos' | 'linear';
}

const cycleNames: OptionTable<OneCycleOptions> = {
  rise: share,
  start: atLeast0,
  end: atLeast0,
  anneal: oneOf('cos', 'linear'),
};

/**
 * One cycle (Smith and Topin, 2019; PyTorch's `OneCycleLR(max_lr, total_steps)` in two phases): from `start` to 1, then
 * to `end`, and stays. The optimiser's own rate is the largest one; its momentum does not change.
 * @param length PyTorch's `total_steps`: the last rate is reached at `length - 1`
 */
export function oneCycle(length: number, options: OneCycleOptions = {}): Schedule {
  check('oneCycle', 'length', length, length > 1);
  checkOptions('oneCycle', options, cycleNames);
  const { rise = 0.3, start = 1 / 25, end = start / 1e4, anneal = 'cos' } = options;
  const top = rise * length - 1;
  const between = (from: number, to: number, share: number) =>
    anneal === 'linear'
      ? from + (to - from) * share
      : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return (t) => {
    if (t <= top) return between(start, 1, t / top);
    return between(1, end, Math.min(1, (t - top) / (length - 1 - top)));
  };
}

/** Multiplies by `factor` after every `every` (PyTorch's `StepLR(step_size, gamma)`). */
export function steps(every: number, factor = 0.1): Schedule {
  check('steps', 'every', every, every > 0);
  check('steps', 'factor', factor, factor >= 0);
  return (t) => factor ** Math.floor(t / every);
}

/**
 * Multiplies by `factor` at each of these times (PyTorch's `MultiStepLR(milestones, gamma)`): a time that is listed
 * twice counts twice.
 */
export function multiStep(milestones: readonly number[], factor = 0.1): Schedule {
  checkValue('multiStep', 'milestones', milestones, list(atLeast0));
  check('multiStep', 'factor', factor, factor >= 0);
  const times = [...milestones];
  return (t) => factor ** times.filter((time) => t >= time).length;
}

/** One part of `sequential`. */
export interface SchedulePart {
  /** The schedule, with a time of its own that begins at 0. */
  readonly schedule: Schedule;
  /** How long it lasts; the last part needs none. */
  readonly length?: number;
}

const partNames: OptionTable<SchedulePart> = { schedule: required(callback), length: anything };

/**
 * One schedule after another, each with its own clock from 0 (PyTorch's `SequentialLR`):
 * `sequential([{ schedule: warmUp(5), length: 5 }, { schedule: cosine(95) }])`.
 */
export function sequential(parts: readonly SchedulePart[]): Schedule {
  if (parts.length === 0) throw new RangeError('sequential: give at least one part');
  for (const [index, part] of parts.entries()) {
    checkOptions(`sequential: part ${index}`, part, partNames);
    const { length } = part;
    const last = index === parts.length - 1;
    if (!last && !(length !== undefined && length > 0)) {
      throw new RangeError(
        `sequential: part ${index} needs a length above 0 (only the last may go on for ever)`,
      );
    }
  }
  return (t) => {
    let start = 0;
    for (const { schedule, length = Number.POSITIVE_INFINITY } of parts.slice(0, -1)) {
      if (t < start + length) return schedule(t - start);
      start += length;
    }
    return parts.at(-1)!.schedule(t - start);
  };
}

function check(schedule: string, name: string, value: number, ok: boolean): void {
  if (!ok || !Number.isFinite(value)) throw new RangeError(`${schedule}: ${name} cannot be ${show(value)}`);
}
