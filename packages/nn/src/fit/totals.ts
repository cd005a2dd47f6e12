import { show } from '@glassbox/options';
import { launch, type Runtime, Tensor, zeros } from '@glassbox/tensor-core';
import {
  defaultTuning,
  type Kernel,
  linearKernel,
  reads,
  repeat,
  roundUp4,
  type Tuning,
  writes,
} from '@glassbox/wgsl-kernels';
import type { Batch } from './examples.ts';
import { requireClasses } from './labels.ts';

/** Losses that one sum takes in before it moves to the next: in float32, one sum over all batches would lose digits. */
const batchesPerSum = 64;
/** Sums over batches, over 64 of them, over 4,096, and over 262,144. */
const sums = 4;
/** Those sums, the counts, and the note of a label that is no class. */
const totalWords = 12;

/**
 * Adds one batch to the running totals of an epoch, so that the host reads once per epoch and not once per batch: the
 * loss times N, the images that are correct, N. An image is correct if its largest logit is its label's; one with a NaN
 * among its logits never is. A label of K or more is wrong too, and the first of an epoch is noted: its row, and the label.
 * Bindings: loss (one value, a mean over the batch), logits [N,K] row-major, labels [N], totals (12 words): 4 sums of
 * losses as bits of f32, of which each takes in the one before it when that has 64; correct, images and batches as u32, 0;
 * the noted row counted from 1 (0: none) and its label, 0, 0. Without `classes`, logits and labels are absent and nothing
 * counts as correct.
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
loss sum += loss · ${batch}, correct += answers that are right, images += ${batch}, batches += 1.
loss: mean over the batch${counted ? `; logits: [${batch},${classes}], rows of ${row} floats; labels: ${batch} classes` : ''}
totals: bits of 4 loss sums, then correct, images, batches, 0, then (row + 1, label, 0, 0) of the first label that is no class
One invocation does it all.`,
    bindings: counted
      ? [
          reads('loss', 'array<f32>'),
          reads('logits', 'array<f32>'),
          reads('labels', 'array<u32>'),
          writes('totals', 'array<vec4<u32>>'),
        ]
      : [reads('loss', 'array<f32>'), writes('totals', 'array<vec4<u32>>')],
    invocations: 1,
    workgroupSize,
    body: `
var correct = 0u;
${
  counted
    ? `for (var n = 0u; n < ${batch}u; n++) {
  let label = labels[n];
  if (label >= ${classes}u) {
    if (totals[2].x == 0u) { totals[2] = vec4<u32>(n + 1u, label, 0u, 0u); }
    continue;
  }
  let own = logits[n * ${row}u + label];
  var best = 1u;
  for (var k = 0u; k < ${classes}u; k++) {
    // Of equal logits the first counts as the answer; a NaN is not even equal to itself.
    let other = logits[n * ${row}u + k];
    if (k != label && !(own > other || (own == other && k > label))) { best = 0u; }
  }
  correct += select(0u, best, own == own);
}`
    : ''
}
let counts = totals[1] + vec4<u32>(correct, ${batch}u, 1u, 0u);
var sums = bitcast<vec4<f32>>(totals[0]);
sums.x += loss[0] * ${batch}.0;
${repeat(
  sums - 1,
  (level) => `if (counts.z % ${batchesPerSum ** (level + 1)}u == 0u) {
  sums.${'xyzw'[level + 1]} += sums.${'xyzw'[level]};
  sums.${'xyzw'[level]} = 0.0;
}`,
)}
totals[0] = bitcast<vec4<u32>>(sums);
totals[1] = counts;`,
    flop: 2 + (counted ? 2 * batch * classes : 0),
    bytes: 4 * (9 + batch * (row + (counted ? 1 : 0))),
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
          `${this.#classes} outputs (classes 0 to ${this.#classes - 1}); give it an output for each class, number them from 0, or use labelType: 'f32' for labels that are no classes`,
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
