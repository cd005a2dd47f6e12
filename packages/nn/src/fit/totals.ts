import { show } from '@glassbox/options';
import { launch, type Runtime, Tensor, zeros } from '@glassbox/tensor-core';
import {
  defaultTuning,
  type Kernel,
  linearKernel,
  reads,
  roundUp4,
  type Tuning,
  writes,
} from '@glassbox/wgsl-kernels';
import type { Batch } from './examples.ts';
import { requireClasses } from './labels.ts';

/**
 * Adds one batch to the running totals of an epoch, so that the host reads once per epoch and not once per batch:
 * totals += (loss · N, correct, N, 0), where an image is correct if its largest logit is its label's. A row with a NaN is wrong. A
 * label of K or more is wrong too, and the first of an epoch is noted: its row from 1, and the label's two halves.
 * Bindings: loss (one value, a mean over the batch), logits [N,K] row-major, labels [N], totals (4 floats, then 4 for the note).
 * Without `classes`, logits and labels are absent and nothing counts as correct.
 */
export function addToTotals(
  { batch, classes }: { readonly batch: number; readonly classes: number },
  { workgroupSize }: Tuning = defaultTuning,
): Kernel {
  const row = roundUp4(classes);
  const counted = classes > 0;
  return linearKernel({
    name: 'addToTotals',
    about: `
totals += (loss · ${batch}, correct, ${batch}, 0).
loss: mean over the batch${counted ? `; logits: [${batch},${classes}], rows of ${row} floats; labels: ${batch} classes` : ''}; totals: (loss, correct, images, 0), then (row + 1,
label / 65536, label % 65536, 0) of the first label that is no class
One invocation does it all.`,
    bindings: counted
      ? [
          reads('loss', 'array<f32>'),
          reads('logits', 'array<f32>'),
          reads('labels', 'array<u32>'),
          writes('totals', 'array<vec4<f32>>'),
        ]
      : [reads('loss', 'array<f32>'), writes('totals', 'array<vec4<f32>>')],
    invocations: 1,
    workgroupSize,
    body: `
var correct = 0.0;
${
  counted
    ? `for (var n = 0u; n < ${batch}u; n++) {
  let label = labels[n];
  if (label >= ${classes}u) {
    if (totals[1].x == 0.0) { totals[1] = vec4<f32>(f32(n + 1u), f32(label >> 16u), f32(label & 65535u), 0.0); }
    continue;
  }
  let own = logits[n * ${row}u + label];
  var best = 1.0;
  for (var k = 0u; k < ${classes}u; k++) {
    // Of equal logits the first counts as the answer; a NaN is not even equal to itself.
    let other = logits[n * ${row}u + k];
    if (!(own > other || (own == other && label <= k))) { best = 0.0; }
  }
  correct += best;
}`
    : ''
}
totals[0] += vec4<f32>(loss[0] * ${batch}.0, correct, ${batch}.0, 0.0);`,
    flop: 2 + (counted ? 2 * batch * classes : 0),
    bytes: 4 * (5 + batch * (row + (counted ? 1 : 0))),
  });
}

/** An epoch's totals over all batches so far. */
export interface EpochTotals {
  /** Mean of the loss over images. */
  readonly loss: number;
  /** Share of images whose largest logit is their label's; undefined without labels. */
  readonly accuracy: number | undefined;
  readonly images: number;
}

/** Running totals on the device. */
export class Totals {
  readonly #tensor: Tensor;
  #counted = false;
  #classes = 0;

  constructor(runtime: Runtime) {
    this.#tensor = zeros(runtime, [8]);
  }

  /** Starts over. */
  reset(): void {
    this.#tensor.write(new Float32Array(8));
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
    const [loss, correct, images, , rowFromOne, high, low] = await this.#tensor.array();
    if (rowFromOne > 0) {
      throw new RangeError(
        `accuracy: label ${(high * 65536 + low) | 0} at row ${rowFromOne - 1} of its batch is out of bounds: the model has ` +
          `${this.#classes} outputs (classes 0 to ${this.#classes - 1}); give it an output for each class, number them from 0, or use labelType: 'f32' for labels that are no classes`,
      );
    }
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
