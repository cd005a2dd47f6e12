import {
  type Kernel,
  linearKernel,
  type Machine,
  machines,
  reads,
  readsWrites,
  repeat,
  roundUp4,
} from '@glassbox/wgsl-kernels';

/** Losses that one sum takes in before it moves to the next: in float32, one sum over all batches would lose digits. */
const batchesPerSum = 64;
/** Sums over batches, over 64 of them, over 4,096, and over 262,144. */
export const sums = 4;
/** Those sums, the counts, and the note of a label that is no class. */
export const totalWords = 12;

/**
 * Adds one batch to the running totals of an epoch, so that the host reads once per epoch and not once per batch: the
 * loss times N, the images that are correct, N. An image is correct if its largest logit is its label's; one with a NaN
 * among its logits never is. A label of K or more is wrong too, and the first of an epoch is noted: its row, and the
 * label. Bindings: loss (one value, a mean over the batch), logits [N,K] row-major, labels [N], totals (12 words): 4
 * sums of losses as bits of f32, of which each takes in the one before it when that has 64; correct, images and
 * batches as u32, 0; the noted row counted from 1 (0: none) and its label, 0, 0. Without `classes`, logits and labels
 * are absent and nothing counts as correct.
 */
export function addToTotals(
  { batch, classes }: { readonly batch: number; readonly classes: number },
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const row = roundUp4(classes);
  const counted = classes > 0;
  const answers = `; logits: [${batch},${classes}], rows of ${row} floats; labels: ${batch} classes`;
  return linearKernel({
    name: 'addToTotals',
    about: `
loss sum += loss · ${batch}, correct += answers that are right, images += ${batch}, batches += 1.
loss: mean over the batch${counted ? answers : ''}
totals: bits of 4 loss sums, then correct, images, batches, 0, then (row + 1, label, 0, 0) of the first label that is
no class
One invocation does it all.`,
    bindings: counted
      ? [
          reads('loss', 'array<f32>'),
          reads('logits', 'array<f32>'),
          reads('labels', 'array<u32>'),
          readsWrites('totals', 'array<vec4<u32>>'),
        ]
      : [reads('loss', 'array<f32>'), readsWrites('totals', 'array<vec4<u32>>')],
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

/** What {@link addToTotals} keeps, as plain numbers. */
export interface TotalsTwin {
  /** Sums of losses: over batches, over 64 of them, and so on. */
  readonly sums: readonly number[];
  readonly correct: number;
  readonly images: number;
  readonly batches: number;
  /** The first row with a label that is no class, from 1, and that label; 0 and 0 if there is none. */
  readonly note: readonly [row: number, label: number];
}

/** The twin of `addToTotals` in float64: what the totals are after one more batch. */
export function addToTotalsOracle(
  { sums: before, correct, images, batches, note }: TotalsTwin,
  loss: number,
  logits: readonly (readonly number[])[],
  labels: readonly number[],
): TotalsTwin {
  const losses = [...before];
  losses[0] += loss * logits.length;
  for (let level = 1, worth = batchesPerSum; level < sums; level++, worth *= batchesPerSum) {
    if ((batches + 1) % worth !== 0) continue;
    losses[level] += losses[level - 1];
    losses[level - 1] = 0;
  }
  const right = labels.filter((label, n) => {
    const row = logits[n];
    // `Math.max` is NaN where a logit is, and nothing is found at NaN.
    return row.indexOf(Math.max(...row)) === label;
  });
  const bad = labels.findIndex((label, n) => label >= logits[n].length);
  return {
    sums: losses,
    correct: correct + right.length,
    images: images + logits.length,
    batches: batches + 1,
    note: note[0] === 0 && bad >= 0 ? [bad + 1, labels[bad]] : note,
  };
}
