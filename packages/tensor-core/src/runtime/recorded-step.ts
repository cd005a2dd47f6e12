import { atLeast1, checkOptions, flag, type OptionTable, oneOf } from '@glassbox/options';
import { isGradEnabled, withGrad } from '../grad-mode.ts';
import { type CarriedState, withCarried } from './carried.ts';
import { changeCount } from './changes.ts';
import type { Kept, Recorder, Traced } from './recorder.ts';
import type { RecordedMemory } from './recording.ts';
import type { HostArray } from './storage.ts';
import {
  compareTraces,
  describeData,
  type HostWork,
  inputsOf,
  type StepInput,
  sameData,
  type Trace,
} from './trace.ts';

/** A training or evaluation step that was run once and can be repeated without any of the host's work. */
export interface Recording<T> {
  /**
   * What the recorded function returned. Its tensors are overwritten by each replay; numbers in it stay what they
   * were when the step was recorded.
   */
  readonly result: T;
  /** Dispatches of a replay. */
  readonly dispatches: number;
  /**
   * Repeats the step with fresh step inputs (rows, rates, random counters). Now and then the recorded function is
   * called again, and what it asks for compared with what was recorded (see `RecordOptions`).
   * @throws StepChangedError if it asks for something else now.
   */
  replay(options?: ReplayOptions): void;
  /**
   * Frees the recording's memory now; else the garbage collector does, once the recording and its results are
   * forgotten.
   */
  dispose(): void;
}

/** How often a recorded step is compared with its function. */
export interface RecordOptions {
  /**
   * Most replays between two checks. The first come at once, then ever fewer, until they are so far apart. Default
   * 47. 1: at each replay; Infinity: only where asked for, and after a change that the runtime knows of (a leaf that
   * wants a gradient now or no longer, a new optimiser).
   */
  readonly checkEvery?: number;
}

/** What one replay checks, and what it does if the step has changed. */
export interface ReplayOptions {
  /** Check now. */
  readonly check?: boolean;
  /** If the function asks for something else now: an error (default), or record it anew and go on with that. */
  readonly onChange?: 'throw' | 'record';
}

const recordNames: OptionTable<RecordOptions> = { checkEvery: atLeast1 };
const replayNames: OptionTable<ReplayOptions> = { check: flag, onChange: oneOf('throw', 'record') };

/** A recorded step is not what its function describes any more. Nothing of this replay has run. */
export class StepChangedError extends Error {
  override readonly name = 'StepChangedError';
  /** What is different, with the kernel and the number. */
  readonly change: string;

  constructor(change: string) {
    super(
      `replay: the recorded step is not what its function describes now: ${change}. ` +
        'A recording repeats its kernels, numbers and uploaded data as they were; only stepInput() and eachStep() ' +
        'run again. Give what changes by stepInput(runtime, shape, dtype, () => values) ' +
        'and compute with that tensor; ' +
        'what changes seldom, record again (fit does, where it changed between two epochs)',
    );
    this.change = change;
  }
}

const defaultCheckEvery = 47;

/** See `Runtime.record`. */
export class RecordedStep<T> implements Recording<T> {
  readonly #recorder: Recorder;
  readonly #checkEvery: number;
  readonly #carried: CarriedState = new Map();
  readonly #grad = isGradEnabled();
  #body: (() => T) | undefined;
  #traced: Traced<T>;
  /** What the host does at each replay. */
  #hostWork: readonly HostWork[];
  #kept: Kept;
  /** Older recordings of this step whose memory it uses. */
  readonly #older: RecordedMemory[] = [];
  #replays = 0;
  #nextCheck: number;
  #changes: number;

  constructor(recorder: Recorder, body: () => T, options: RecordOptions = {}) {
    checkOptions('record', options, recordNames);
    const { checkEvery = defaultCheckEvery } = options;
    this.#recorder = recorder;
    this.#checkEvery = checkEvery;
    this.#nextCheck = this.#firstCheck;
    this.#body = body;
    this.#traced = this.#trace();
    this.#hostWork = this.#traced.trace.hostWork;
    this.#kept = recorder.keep(this.#traced);
    this.#changes = changeCount();
  }

  get result(): T {
    return this.#traced.result;
  }

  get dispatches(): number {
    return this.#kept.memory.list.dispatches.length;
  }

  // Own functions, so that `const { replay } = runtime.record(…)` works.
  readonly replay = (options?: ReplayOptions): void => {
    if (options) checkOptions('replay', options, replayNames);
    const { check = false, onChange = 'throw' } = options ?? {};
    const { list } = this.#kept.memory;
    this.#replays++;
    const due = this.#replays >= this.#nextCheck;
    if (due) {
      const gap = Math.min(Math.ceil(this.#replays / 2), this.#checkEvery);
      this.#nextCheck = Number.isFinite(this.#checkEvery) ? this.#replays + gap : this.#checkEvery;
    }
    const checks = check || due || changeCount() !== this.#changes;
    const unexpected = this.#traced.gradients.begin();
    // Where the step may be recorded anew, its function shows what it makes of these gradients.
    if (unexpected && !(checks && onChange === 'record')) throw new StepChangedError(unexpected);
    this.#recorder.flush();
    if (checks) {
      if (this.#check(onChange)) return;
    } else {
      for (const work of this.#hostWork) {
        if ('compute' in work) this.#fill(work, callAgain(work));
        else work.hook();
      }
    }
    this.#traced.gradients.leave();
    this.#recorder.submit(list);
  };

  readonly dispose = (): void => {
    this.#body = undefined;
    this.#letGo();
    for (const memory of this.#older) memory.dispose();
  };

  /** Frees the recording's memory, but for results that another recording reads. */
  #letGo(): void {
    this.#kept.memory.dispose(this.#traced.storages);
    this.#kept.owner.gone = true;
  }

  get #firstCheck(): number {
    return Number.isFinite(this.#checkEvery) ? 1 : Number.POSITIVE_INFINITY;
  }

  #trace(): Traced<T> {
    return withCarried(this.#carried, () => withGrad(this.#grad, () => this.#recorder.trace(this.#body!)));
  }

  #fill({ storage }: StepInput, data: HostArray): void {
    if (storage.buffer) this.#recorder.fill(storage, data);
  }

  /**
   * The host's work for this replay, by calling the recorded function as an eager step would: inputs, counters and
   * hooks get their turn once, and what the function asks for is compared with what will be repeated.
   * @returns true if the step was recorded anew, and has run by that.
   */
  #check(onChange: 'throw' | 'record'): boolean {
    const found = this.#trace();
    // Making tensors counts as a change, too.
    this.#changes = changeCount();
    const compared = compareTraces(this.#traced.trace, found.trace);
    const change = 'change' in compared ? compared.change : this.#capturedInput(found.trace, onChange);
    if (change !== undefined) {
      if (onChange === 'throw') {
        this.#recorder.abandon(found);
        throw new StepChangedError(change);
      }
      this.#replace(found);
      return true;
    }
    this.#adopt(found.trace.hostWork);
    if ('twins' in compared) this.#recorder.merge(found, compared.twins, this.#kept.owner);
    return false;
  }

  /** Takes over the host's work of a check: its functions are the step's newest, and its numbers are this replay's. */
  #adopt(found: readonly HostWork[]): void {
    this.#hostWork = this.#hostWork.map((known, index) => {
      const work = found[index];
      if (!('compute' in known && 'compute' in work)) return work;
      this.#fill(known, work.last);
      if (known.doubt > 0) return known;
      const repeats = sameData(known.last, work.last) ? known.repeats : known.repeats && 0;
      return { ...work, storage: known.storage, repeats };
    });
  }

  /**
   * Finds inputs whose recorded function cannot see what it should: it goes on giving the same numbers, and the
   * function that stands in its place now gives others. Neither is ever asked twice in a step, for it may count: so
   * the numbers of this replay are the new function's, those of the next one the recorded function's, and then both
   * have shown what they know.
   */
  #capturedInput(found: Trace, onChange: 'throw' | 'record'): string | undefined {
    const now = inputsOf(found.hostWork);
    for (const [index, input] of inputsOf(this.#hostWork).entries()) {
      const { last } = now[index];
      // Where changes are expected, the new function is taken over, and right in any case.
      if (onChange === 'record' || !input.repeats || sameData(input.last, last)) input.doubt = 0;
      else if (input.doubt === 2) {
        return (
          `stepInput ${index + 1} gives ${describeData(input.last, last)}, ` +
          `but only as the step's function makes it now: its compute function reads a variable of the step's ` +
          'function, which a recording does not set again; let it read one from outside'
        );
      } else {
        input.doubt = 1;
        this.#nextCheck = Math.min(this.#nextCheck, this.#replays + 2);
      }
    }
    return undefined;
  }

  #replace(found: Traced<T>): void {
    const { memory, owner } = this.#kept;
    const uses = found.trace.asked.some(({ operands }) => operands.some((used) => used.owner === owner));
    const returns = found.trace.results.some((storage) => storage.owner === owner);
    if (uses || returns) this.#older.push(memory);
    else this.#letGo();
    this.#kept = this.#recorder.keep(found);
    this.#traced = found;
    this.#hostWork = found.trace.hostWork;
    this.#replays = 0;
    this.#nextCheck = this.#firstCheck;
  }
}

/** Asks an input's function for its next numbers and notes whether they changed. */
function callAgain(input: StepInput): HostArray {
  const data = input.compute();
  if (input.repeats === undefined) return data;
  const same = sameData(data, input.last);
  input.repeats = same ? input.repeats + 1 : undefined;
  if (input.doubt > 0) input.doubt = same ? 2 : 0;
  input.last = data;
  return data;
}
