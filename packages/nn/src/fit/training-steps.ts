import { backward, div, type Runtime } from '@glassbox/tensor-core/functions';
import type { Item } from '../data/item.ts';
import type { Pass } from '../data/source.ts';
import { moduleOf, transformed } from '../data/transform.ts';
import type { Modes } from '../module/modes.ts';
import type { Module } from '../module/module.ts';
import type { FitOptions } from './fit-options.ts';
import { RecordedBatches } from './recorded-batches.ts';
import type { Totals } from './totals.ts';

/** What a training does with a batch: recorded, and with `accumulate` several for one step of the optimiser. */
export class TrainingSteps {
  readonly #options: FitOptions;
  readonly #runtime: Runtime;
  readonly #totals: Totals;
  readonly #accumulate: number;
  readonly #batches: RecordedBatches<undefined>;
  /** Batches since the last step of the optimiser. */
  #waiting = 0;
  /** Steps of the optimiser so far: the time of schedules. */
  updates = 0;

  constructor(model: Module, options: FitOptions, runtime: Runtime, totals: Totals) {
    const { loss, transform, checkEvery, accumulate = 1 } = options;
    this.#options = options;
    this.#runtime = runtime;
    this.#totals = totals;
    this.#accumulate = accumulate;
    const recording = { model, modes: 'training', checkEvery, beside: moduleOf(transform) } as const;
    this.#batches = new RecordedBatches(runtime, recording, (given) => {
      const batch = transformed('fit', transform, given);
      const output = model.forward(batch.images);
      const value = loss(output, batch);
      totals.add(value, output, batch);
      backward(accumulate === 1 ? value : div(value, accumulate));
      if (accumulate === 1) this.#update();
      return undefined;
    });
  }

  /** The modes that steps run in. */
  get modes(): Modes {
    return this.#batches.modes;
  }

  /** Begins an epoch, and its totals. */
  begin(pass: Pass): void {
    this.#totals.reset();
    this.#batches.begin(pass);
  }

  /** Trains on a batch, and takes a step of the optimiser if it completes one. */
  run(item: Item): void {
    if (this.#accumulate === 1) {
      this.#batches.run(item);
      this.updates++;
      return;
    }
    // A gradient that is put down, and one that is added to another, are different steps.
    this.#batches.run(item, this.#waiting === 0 ? ', first of a step' : '');
    if (++this.#waiting === this.#accumulate) this.complete();
  }

  /** The step of the optimiser that batches wait for, if any do: at the end of an epoch they may be fewer. */
  complete(): void {
    if (this.#waiting === 0) return;
    this.#runtime.step(() => this.#update());
    this.updates++;
    this.#waiting = 0;
  }

  #update(): void {
    const { optimizer, clipNorm, average } = this.#options;
    if (clipNorm !== undefined) optimizer.clipGradients(clipNorm);
    optimizer.step();
    optimizer.zeroGrad();
    average?.updateParameters();
  }

  /** Frees what was recorded. */
  dispose(): void {
    // What waits for a step that does not come is nobody's gradient.
    if (this.#waiting > 0) this.#options.optimizer.zeroGrad();
    this.#batches.dispose();
  }
}
