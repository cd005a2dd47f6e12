import { show } from '@glassbox/options';
import { launch, type Runtime, Tensor, zeros } from '@glassbox/tensor-core/functions';
import type { Batch } from '../data/examples.ts';
import { requireClasses } from '../data/labels.ts';
import { addToTotals, sums, totalWords } from './add-to-totals.ts';

/** An epoch's totals over all batches so far. */
export interface EpochTotals {
  /** Mean of the loss over images. */
  readonly loss: number;
  /** Share of images whose largest logit is their label's; undefined without labels. */
  readonly accuracy: number | undefined;
  /** Images that were counted. */
  readonly images: number;
}

/** Running totals on the device. */
export class Totals {
  readonly #tensor: Tensor;
  #counted = false;
  #classes = 0;

  constructor(runtime: Runtime) {
    this.#tensor = zeros(runtime, [totalWords], { dtype: 'u32' });
  }

  /** Starts over. */
  reset(): void {
    this.#tensor.write(new Uint32Array(totalWords));
  }

  /**
   * Adds a batch. `loss` is the mean over it; with class labels [N] (u32) and logits [N,K], answers are counted too.
   * @throws RangeError if the host knows a label that is K or more.
   */
  add(loss: Tensor, output: Tensor, { labels, data }: Pick<Batch, 'labels' | 'data'>): void {
    requireLoss(loss);
    const counted =
      labels?.dtype === 'u32' &&
      labels.shape.length === 1 &&
      output.shape.length === 2 &&
      output.shape[1] > 1;
    if (counted && data) requireClasses('accuracy', data, output.shape[1]);
    const batch = output.shape[0];
    const classes = counted ? output.shape[1] : 0;
    const answers = counted ? { logits: output, labels } : {};
    launch(addToTotals, [{ batch, classes }], { loss, ...answers, totals: this.#tensor });
    this.#counted = counted;
    this.#classes = classes;
  }

  /** Frees them: they are used no more. */
  dispose(): void {
    this.#tensor.runtime.release(this.#tensor.storage);
  }

  /**
   * Waits for the device. Totals of no images are NaN.
   * @throws RangeError if a label was no class. (The host has checked what it knows; labels may also be computed.)
   */
  async read(): Promise<EpochTotals> {
    const words = (await this.#tensor.array()) as Uint32Array;
    const [correct, images, , , rowFromOne, label] = words.subarray(sums);
    if (rowFromOne > 0) {
      throw new RangeError(
        `accuracy: label ${label | 0} at row ${rowFromOne - 1} of its batch is out of bounds: the model has ` +
          `${this.#classes} outputs (classes 0 to ${this.#classes - 1}); give it an output for each class, ` +
          `number them from 0, or use labelType: 'f32' for labels that are no classes`,
      );
    }
    const losses = new Float32Array(words.buffer, words.byteOffset, sums);
    const loss = losses.reduce((total, sum) => total + sum, 0);
    return { loss: loss / images, accuracy: this.#counted ? correct / images : undefined, images };
  }
}

/** @throws TypeError unless a loss gave a tensor of one value. */
function requireLoss(value: unknown): void {
  if (value instanceof Tensor && value.size === 1) return;
  throw new TypeError(
    `loss: it must give a tensor of one value, not ${show(value)}${
      typeof value === 'function' ? '; call what makes it: crossEntropyLoss()' : ''
    }`,
  );
}
