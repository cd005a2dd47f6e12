import {
  anything,
  atLeast0,
  callback,
  checkOptions,
  checkValue,
  list,
  type OptionTable,
  required,
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
