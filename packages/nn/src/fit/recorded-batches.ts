import { type Recording, type Runtime, record, type Tensor } from '@glassbox/tensor-core/functions';
import type { Batch } from '../data/examples.ts';
import type { Inlet, Item } from '../data/item.ts';
import type { Pass } from '../data/source.ts';
import { evaluationModes, inModes, type Modes, modesOf } from '../module/modes.ts';
import { type Module, modeVersion } from '../module/module.ts';

/** Most kinds of batches that are recorded at once; of more, those that came last. */
const mostKinds = 16;

/** Batches of one kind: how many images, of which shape and type. */
interface Entry<T> {
  readonly inlet: Inlet;
  recording?: Recording<T>;
  /** What the first batch gave. */
  first?: { readonly result: T };
}

export interface RecordedModel {
  readonly model: Module;
  /**
   * `own`: those that the model is in. `training`: the same, which may differ from part to part, but with the whole in
   * training mode. `evaluation`: all of it in evaluation mode.
   */
  readonly modes: 'own' | 'training' | 'evaluation';
  /** See `RecordOptions`. */
  readonly checkEvery?: number;
  /** Another module that the work uses in its own modes, such as a transform. */
  readonly beside?: Module;
}

/**
 * Runs the same work on batch after batch, pass after pass. Most batches are full, the last may be smaller: the first
 * batch of a size runs as it is, the second is recorded, all others replay the recording; only the row numbers (or
 * the numbers that an iterable gives) change.
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
  readonly #options: RecordedModel;
  readonly #work: (batch: Batch) => T;
  readonly #entries = new Map<string, Entry<T>>();
  /** Batches of each kind that are still to come in this pass, where that is known. */
  #left = new Map<string, number>();
  /** Kinds whose recording was made or checked in this pass. */
  readonly #checked = new Set<string>();
  #modes: Modes;
  #version = Number.NaN;
  #key: string | undefined;

  /** @param work what to do with a batch. */
  constructor(runtime: Runtime, options: RecordedModel, work: (batch: Batch) => T) {
    this.#runtime = runtime;
    this.#options = options;
    this.#work = work;
    this.#modes = modesOf(options.model);
  }

  /** The modes that the work runs in. */
  get modes(): Modes {
    this.#follow();
    const { model, modes } = this.#options;
    return modes === 'evaluation' ? evaluationModes(model) : this.#modes;
  }

  /** Begins a pass: give each of its batches to `run`. */
  begin({ kinds }: Pick<Pass, 'kinds'>): void {
    this.#left = new Map(kinds);
    this.#checked.clear();
  }

  /**
   * Runs one batch.
   * @param variant tells batches apart that are alike, but of which the work makes something else.
   * @returns the work's result; its tensors hold the batch's values until the next batch of the same kind.
   * @throws StepChangedError if the work was changed by the host within a pass.
   */
  run(item: Item, variant = ''): T {
    this.#follow();
    const { key: kind } = item;
    const left = (this.#left.get(kind) ?? 0) - 1;
    this.#left.set(kind, left);
    const key = `${kind}${variant}`;
    const isFirst = !this.#checked.has(key);
    this.#checked.add(key);
    const entry = this.#entry(key, item);
    entry.inlet.take(item);
    if (entry.recording) {
      entry.recording.replay({ check: isFirst || left === 0, onChange: isFirst ? 'record' : 'throw' });
      return entry.recording.result;
    }
    const step = () => inModes(this.#options.model, this.modes, () => this.#work(entry.inlet.build()));
    if (!entry.first) {
      // Recording a batch that comes only once would not pay; and memory that outlives the recording (data,
      // weights) has found its place when it begins.
      entry.first = { result: this.#runtime.step(step) };
      return entry.first.result;
    }
    entry.recording = record(this.#runtime, step, { checkEvery: this.#options.checkEvery });
    return entry.recording.result;
  }

  /** What is known of batches of this kind. Of too many kinds, the one that was longest not seen is forgotten. */
  #entry(key: string, item: Item): Entry<T> {
    const entry = this.#entries.get(key) ?? { inlet: item.open() };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > mostKinds) {
      const [oldest, forgotten] = this.#entries.entries().next().value!;
      this.#entries.delete(oldest);
      this.#forget(forgotten);
    }
    return entry;
  }

  #forget({ recording, first }: Entry<T>): void {
    recording?.dispose();
    if (first?.result) this.#runtime.release(first.result.storage);
  }

  /** Forgets what was recorded, results included: at the end, or when the work would be done differently now. */
  dispose(): void {
    for (const entry of this.#entries.values()) this.#forget(entry);
    this.#entries.clear();
    // What the recordings held fits only work of exactly the same sizes: it goes back to the device.
    this.#runtime.flush();
    this.#runtime.trim();
  }

  /** Takes over what the user has frozen or put into another mode, and forgets what was recorded before. */
  #follow(): void {
    const { model, modes, beside } = this.#options;
    if (modes === 'evaluation' || modeVersion() === this.#version) return;
    // In a training, a whole model in evaluation mode is somebody's who computes outputs meanwhile.
    if (modes === 'own' || model.training) this.#modes = modesOf(model);
    const key = inModes(model, this.#modes, () => `${model.modeKey()} ${beside?.modeKey()}`);
    if (this.#key !== undefined && key !== this.#key) this.dispose();
    this.#key = key;
    this.#version = modeVersion();
  }
}
