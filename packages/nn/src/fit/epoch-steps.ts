import type { Runtime } from '@glassbox/tensor-core/functions';
import { type Pass, passOf } from '../data/source.ts';
import { ReduceLROnPlateau } from '../schedule/reduce-lr-on-plateau.ts';
import { BackPressure } from './back-pressure.ts';
import type { FitCallback } from './callbacks.ts';
import type { FitOptions } from './fit-options.ts';
import { progressAt } from './progress.ts';
import type { EpochRecord } from './records.ts';
import type { TrainingSteps } from './training-steps.ts';

/** An epoch whose steps are being queued. */
export interface RunningEpoch {
  readonly epoch: number;
  readonly started: number;
  readonly pass: Pass;
  readonly pressure: BackPressure;
  /** Batches that were queued, and their images. */
  step: number;
  images: number;
}

/** Queues the steps of epochs, in part where the next epoch begins before the last one's figures have arrived. */
export class EpochSteps {
  readonly #options: FitOptions;
  readonly #callbacks: readonly FitCallback[];
  readonly #runtime: Runtime;
  readonly #steps: TrainingSteps;
  readonly #seed: number;
  /** Passes that may not be at their end. */
  readonly #open = new Set<Pass>();
  /** Batches and images of the last whole epoch. */
  #lastPass: { readonly steps: number; readonly images: number } | undefined;
  #imagesDone = 0;
  #started = performance.now();

  constructor(
    options: FitOptions,
    callbacks: readonly FitCallback[],
    runtime: Runtime,
    steps: TrainingSteps,
    seed: number,
  ) {
    this.#options = options;
    this.#callbacks = callbacks;
    this.#runtime = runtime;
    this.#steps = steps;
    this.#seed = seed;
  }

  /** The training begins now: progress counts from here. */
  start(): void {
    this.#started = performance.now();
  }

  /** Makes everything ready for an epoch's first step. */
  begin(epoch: number): RunningEpoch {
    const { train, batchSize = 0, shuffle = true, dropLast, scheduleUnit = 'epoch' } = this.#options;
    const started = performance.now();
    for (const callback of this.#callbacks) callback.onEpochStart?.(epoch);
    if (scheduleUnit === 'epoch') this.#schedule(epoch - 1);
    const seed = shuffle ? this.#seed : undefined;
    const names = { owner: 'fit', what: 'train', epoch };
    const pass = passOf(train, this.#runtime, names, { batchSize, seed, dropLast });
    this.#open.add(pass);
    this.#steps.begin(pass);
    return { epoch, started, pass, pressure: new BackPressure(this.#runtime), step: 0, images: 0 };
  }

  /**
   * Queues an epoch's batches, at most `most` of them.
   * @param last the record of the last whole epoch, for progress.
   * @returns false if it was interrupted.
   */
  async run(
    running: RunningEpoch,
    last: EpochRecord | undefined,
    most = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const { epochs, scheduleUnit, signal } = this.#options;
    const { epoch, pass, pressure } = running;
    for (let count = 0; count < most; count++) {
      const coming = pass.items.next();
      const next = coming instanceof Promise ? await coming : coming;
      if (next.done) {
        this.#ended(running);
        break;
      }
      if (signal?.aborted) return false;
      // The rates count in the batch after which the optimiser takes its step.
      if (scheduleUnit === 'step') this.#schedule(this.#steps.updates);
      this.#steps.run(next.value);
      await pressure.step();
      running.step++;
      running.images += next.value.count;
      this.#imagesDone += next.value.count;
      const progress = progressAt({
        at: { epoch, epochs, step: running.step, steps: pass.length ?? this.#lastPass?.steps },
        images: { done: this.#imagesDone, inEpoch: pass.images ?? this.#lastPass?.images },
        seconds: (performance.now() - this.#started) / 1000,
        last,
      });
      for (const callback of this.#callbacks) callback.onStep?.(progress);
    }
    return true;
  }

  /** Ends passes that are not at their end. */
  async dispose(): Promise<void> {
    for (const { items } of this.#open) await items.return?.();
  }

  /** Sets the rates for a time, if a schedule says so. */
  #schedule(time: number): void {
    const { schedule, optimizer } = this.#options;
    if (schedule && !(schedule instanceof ReduceLROnPlateau)) optimizer.scaleRates(schedule(time));
  }

  /** An epoch has no more batches. */
  #ended({ pass, step, images }: RunningEpoch): void {
    this.#open.delete(pass);
    this.#lastPass = { steps: step, images };
    this.#steps.complete();
  }
}
