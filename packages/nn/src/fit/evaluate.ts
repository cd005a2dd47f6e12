import {
  callback,
  checkOptions,
  checkValue,
  flag,
  type OptionTable,
  required,
  whole,
} from '@glassbox/options';
import { noGrad, type Runtime, type Tensor } from '@glassbox/tensor-core';
import type { Loss } from '../loss/losses.ts';
import { aModule } from '../module/kinds.ts';
import type { Module } from '../module/module.ts';
import { BackPressure } from './back-pressure.ts';
import { anExamples, type Batch, type Examples, gatherBatch } from './examples.ts';
import { checkBatchSize, RecordedBatches } from './recorded-batches.ts';
import { type EpochTotals, Totals } from './totals.ts';

/** Outputs for many images, read to the host. */
export interface Outputs {
  /** One row for each image, in the order asked for. */
  readonly values: Float32Array;
  /** Numbers for each image. */
  readonly width: number;
  /** Shape of one image's output: [K] for logits, [C,H,W] for images. */
  readonly shape: readonly number[];
}

/** How `predict` computes outputs. */
export interface PredictOptions {
  /** Images at a time; it does not change the outputs. Default 256. */
  readonly batchSize?: number;
  /**
   * What to compute: the model's output unless given. `(x) => net.embed(x)` gives embeddings.
   */
  readonly compute?: (images: Tensor) => Tensor;
}

const predictNames: OptionTable<PredictOptions> = { batchSize: whole(1), compute: callback };

/**
 * Computes a model's outputs in evaluation mode, batch by batch. The model's own mode stays as it is, also meanwhile: a
 * training of the same model may run beside it.
 * @returns logits, embeddings or whatever `compute` gives, for the rows of `data`.
 */
export async function predict(model: Module, data: Examples, options: PredictOptions = {}): Promise<Outputs> {
  checkValue('predict', 'the model', model, aModule);
  checkValue('predict', 'data', data, anExamples);
  checkOptions('predict', options, predictNames);
  const { batchSize = 256, compute = (images) => model.forward(images) } = options;
  const work = new RecordedBatches(data.runtime, { model, training: false }, (rows) =>
    noGrad(() => compute(gatherBatch(data, rows).images)),
  );
  try {
    const { outputs } = await collect(work, data.rows, batchSize, data.runtime);
    return await outputs;
  } finally {
    work.dispose();
  }
}

/** Resolves when all batches are queued; `outputs` when they have been read. */
async function collect(
  work: RecordedBatches<Tensor>,
  rows: Uint32Array,
  batchSize: number,
  runtime: Runtime,
): Promise<{ readonly outputs: Promise<Outputs> }> {
  const pressure = new BackPressure(runtime);
  let shape: readonly number[] = [];
  let values = new Float32Array(0);
  const reads: Promise<void>[] = [];
  let start = 0;
  for (const batch of work.pass(rows, batchSize)) {
    const output = work.run(batch);
    const width = output.size / batch.length;
    if (start === 0) {
      shape = output.shape.slice(1);
      values = new Float32Array(rows.length * width);
    }
    const at = start * width;
    // Reads are ordered with the work: the next batch may be submitted before this one has been read.
    const read = output.array().then((data) => values.set(data, at));
    // A failure is thrown where the promise is awaited; until then it is not unhandled.
    read.catch(() => {});
    reads.push(read);
    if (reads.length > 3) await reads.shift();
    await pressure.step();
    start += batch.length;
  }
  const width = rows.length > 0 ? values.length / rows.length : 0;
  return { outputs: Promise.all(reads).then(() => ({ values, width, shape })) };
}

/** What a pass over labelled images gives. */
export interface Evaluation extends EpochTotals {
  /** The model's outputs, if asked for. */
  readonly outputs?: Outputs;
}

/**
 * Passes over the same images again and again, in evaluation mode: what `fit` does after every epoch. The steps are
 * recorded once.
 */
export class Evaluator {
  readonly #data: Examples;
  readonly #batchSize: number;
  readonly #totals: Totals;
  readonly #work: RecordedBatches<Tensor>;

  constructor(model: Module, data: Examples, loss: Loss, batchSize = 256) {
    checkBatchSize('evaluate: batchSize', batchSize);
    this.#data = data;
    this.#batchSize = batchSize;
    this.#totals = new Totals(data.runtime);
    this.#work = new RecordedBatches(data.runtime, { model, training: false }, (rows) =>
      noGrad(() => {
        const batch: Batch = gatherBatch(data, rows);
        const output = model.forward(batch.images);
        this.#totals.add(loss(output, batch), output, batch);
        return output;
      }),
    );
  }

  /** One pass: mean loss over the images, accuracy where there are class labels, and with `outputs` the outputs. */
  async run(options: { readonly outputs?: boolean } = {}): Promise<Evaluation> {
    const { evaluation } = await this.queue(options);
    return evaluation;
  }

  /** Queues a pass. Resolves when all of it is queued; `evaluation` when its figures have been read. */
  async queue({ outputs = false } = {}): Promise<{ readonly evaluation: Promise<Evaluation> }> {
    const { rows, runtime } = this.#data;
    this.#totals.reset();
    if (outputs) {
      const collected = await collect(this.#work, rows, this.#batchSize, runtime);
      const all = Promise.all([this.#totals.read(), collected.outputs]);
      return { evaluation: all.then(([totals, outputs]) => ({ ...totals, outputs })) };
    }
    const pressure = new BackPressure(runtime);
    for (const batch of this.#work.pass(rows, this.#batchSize)) {
      this.#work.run(batch);
      await pressure.step();
    }
    return { evaluation: this.#totals.read() };
  }

  /** Frees what was recorded. */
  dispose(): void {
    this.#totals.dispose();
    this.#work.dispose();
  }
}

/** What `evaluate` computes over the images. */
export interface EvaluateOptions {
  /** The mean of this over the images is computed. */
  readonly loss: Loss;
  /** Images at a time. Default 256. */
  readonly batchSize?: number;
  /** Return the model's outputs, too. Default false. */
  readonly outputs?: boolean;
}

const evaluateNames: OptionTable<EvaluateOptions> = {
  loss: required(callback),
  batchSize: whole(1),
  outputs: flag,
};

/**
 * One pass over labelled images in evaluation mode. The model's own mode stays as it is.
 * @throws RangeError if a label is no class of the model.
 */
export async function evaluate(model: Module, data: Examples, options: EvaluateOptions): Promise<Evaluation> {
  checkValue('evaluate', 'the model', model, aModule);
  checkValue('evaluate', 'data', data, anExamples);
  checkOptions('evaluate', options, evaluateNames);
  const { loss, batchSize, outputs } = options;
  const evaluator = new Evaluator(model, data, loss, batchSize);
  try {
    return await evaluator.run({ outputs });
  } finally {
    evaluator.dispose();
  }
}
