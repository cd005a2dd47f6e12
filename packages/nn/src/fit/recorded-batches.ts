import { type Recording, type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core';
import { evaluationModes, inModes, type Modes, modesOf } from '../module/modes.ts';
import { type Module, modeVersion } from '../module/module.ts';

/**
 * Runs the same work on batch after batch, pass after pass. Most batches are full, the last may be smaller: the first
 * batch of a size runs as it is, the second is recorded, all others replay the recording; only the row numbers
 * change.
 *
 * The work has modes of its own: those of training, or evaluation. They are set while it runs and taken back at once,
 * so that whatever else uses the same model between two batches neither disturbs it nor is disturbed.
 *
 * What the host does in the work (a coefficient, a switch) is looked at again in the first and last batch of each
 * size in a pass and now and then between: what changed between two passes is recorded anew, a change within one is
 * an error.
 */
export class RecordedBatches<T extends Tensor | undefined> {
  readonly #runtime: Runtime;
  readonly #model: Module;
  readonly #training: boolean;
  readonly #checkEvery: number | undefined;
  readonly #work: (rows: Tensor) => T;
  readonly #recordings = new Map<number, Recording<T>>();
  /** What the first batch of each size gave. */
  readonly #first = new Map<number, T>();
  #rows: Uint32Array = new Uint32Array(0);
  /** Batches of each size that are still to come in this pass. */
  readonly #left = new Map<number, number>();
  /** Sizes whose recording was made or checked in this pass. */
  readonly #checked = new Set<number>();
  #modes: Modes;
  #version = Number.NaN;
  #key: string | undefined;

  /**
   * @param training with the model's own modes, which may differ from part to part, but with the whole in training
   *   mode; else all of it in evaluation mode.
   * @param checkEvery see `RecordOptions`.
   * @param work what to do with a batch's row numbers, a u32 tensor [B].
   */
  constructor(
    runtime: Runtime,
    {
      model,
      training,
      checkEvery,
    }: { readonly model: Module; readonly training: boolean; readonly checkEvery?: number },
    work: (rows: Tensor) => T,
  ) {
    this.#runtime = runtime;
    this.#model = model;
    this.#training = training;
    this.#checkEvery = checkEvery;
    this.#work = work;
    this.#modes = modesOf(model);
  }

  /** The modes that the work runs in. */
  get modes(): Modes {
    this.#follow();
    return this.#training ? this.#modes : evaluationModes(this.#model);
  }

  /** Begins a pass over so many rows. @returns their batches; give each to `run`. */
  pass(rows: Uint32Array, batchSize: number): Generator<Uint32Array> {
    const rest = rows.length % batchSize;
    this.#left.clear();
    this.#left.set(batchSize, (rows.length - rest) / batchSize);
    this.#left.set(rest, 1);
    this.#checked.clear();
    return batches(rows, batchSize);
  }

  /**
   * Runs one batch.
   * @returns the work's result; its tensors hold the batch's values until the next batch of the same size.
   * @throws StepChangedError if the work was changed by the host within a pass.
   */
  run(rows: Uint32Array): T {
    this.#rows = rows;
    this.#follow();
    const size = rows.length;
    const left = (this.#left.get(size) ?? 0) - 1;
    this.#left.set(size, left);
    const known = this.#recordings.get(size);
    const isFirst = !this.#checked.has(size);
    this.#checked.add(size);
    if (known) {
      known.replay({ check: isFirst || left === 0, onChange: isFirst ? 'record' : 'throw' });
      return known.result;
    }
    const step = () =>
      inModes(this.#model, this.modes, () =>
        this.#work(stepInput(this.#runtime, [size], 'u32', () => this.#rows)),
      );
    if (!this.#first.has(size)) {
      // Recording a batch that comes only once would not pay; and memory that outlives the recording (data,
      // weights) has found its place when it begins.
      const result = this.#runtime.step(step);
      this.#first.set(size, result);
      return result;
    }
    const recording = this.#runtime.record(step, { checkEvery: this.#checkEvery });
    this.#recordings.set(size, recording);
    return recording.result;
  }

  /** Forgets what was recorded, results included: at the end, or when the work would be done differently now. */
  dispose(): void {
    for (const recording of this.#recordings.values()) recording.dispose();
    this.#recordings.clear();
    for (const result of this.#first.values()) if (result) this.#runtime.release(result.storage);
    this.#first.clear();
    // What the recordings held fits only work of exactly the same sizes: it goes back to the device.
    this.#runtime.flush();
    this.#runtime.trim();
  }

  /** Takes over what the user has frozen or put into another mode, and forgets what was recorded before. */
  #follow(): void {
    if (!this.#training || modeVersion() === this.#version) return;
    const model = this.#model;
    // A whole model in evaluation mode is somebody's who computes outputs meanwhile.
    if (model.training) this.#modes = modesOf(model);
    const key = inModes(model, this.#modes, () => model.modeKey());
    if (this.#key !== undefined && key !== this.#key) this.dispose();
    this.#key = key;
    this.#version = modeVersion();
  }
}

/** Cuts row numbers into batches; the last may be smaller. */
export function* batches(rows: Uint32Array, batchSize: number): Generator<Uint32Array> {
  for (let start = 0; start < rows.length; start += batchSize) yield rows.subarray(start, start + batchSize);
}

/** @throws RangeError unless it is a whole number above 0. */
export function checkBatchSize(name: string, batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`${name}: must be a whole number above 0, not ${batchSize}`);
  }
}
