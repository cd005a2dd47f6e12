import { show } from '@glassbox/options';
import { type Runtime, Tensor, zeros } from '@glassbox/tensor-core';
import {
  defaultTuning,
  type Kernel,
  linearKernel,
  reads,
  roundUp4,
  type Tuning,
  writes,
} from '@glassbox/wgsl-kernels';

/**
 * Adds one batch to the running totals of an epoch, so that the host reads once per epoch and not once per batch:
 * totals += (loss · N, correct, N, 0), where an image is correct if its largest logit is its label's.
 * Bindings: loss (one value, a mean over the batch), logits [N,K] row-major, labels [N], totals (4 floats).
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
loss: mean over the batch${counted ? `; logits: [${batch},${classes}], rows of ${row} floats; labels: ${batch} classes` : ''}; totals: (loss, correct, images, 0)
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
  let own = logits[n * ${row}u + labels[n]];
  var best = 1.0;
  for (var k = 0u; k < ${classes}u; k++) {
    // Of equal logits the first counts as the answer.
    let other = logits[n * ${row}u + k];
    if (other > own || (other == own && k < labels[n])) { best = 0.0; }
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

  constructor(runtime: Runtime) {
    this.#tensor = zeros(runtime, [4]);
  }

  /** Starts over. */
  reset(): void {
    this.#tensor.write([0, 0, 0, 0]);
  }

  /** Adds a batch. `loss` is the mean over it; with class labels [N] and logits [N,K], answers are counted too. */
  add(loss: Tensor, output: Tensor, labels: Tensor | null): void {
    requireLoss(loss);
    const { runtime } = loss;
    const counted =
      labels !== null && labels.shape.length === 1 && output.shape.length === 2 && output.shape[1] > 1;
    const batch = output.shape[0];
    const classes = counted ? output.shape[1] : 0;
    const kernel = runtime.kernel(`addToTotals ${batch} ${classes}`, () =>
      addToTotals({ batch, classes }, runtime.tuning),
    );
    const answers = counted ? [output.storage, labels.storage] : [];
    runtime.run(kernel, [loss.storage, ...answers, this.#tensor.storage]);
    this.#counted = counted;
  }

  /** Frees them: they are used no more. */
  dispose(): void {
    this.#tensor.runtime.release(this.#tensor.storage);
  }

  /** Waits for the device. Totals of no images are NaN. */
  async read(): Promise<EpochTotals> {
    const [loss, correct, images] = await this.#tensor.array();
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
