import {
  callback,
  checkOptions,
  checkValue,
  flag,
  type OptionTable,
  required,
  whole,
} from '@glassbox/options';
import { noGrad, type Runtime, type Tensor } from '@glassbox/tensor-core/functions';
import {
  aDataSource,
  type DataSource,
  type Pass,
  passOf,
  requireOwnBatches,
  runtimeOf,
} from '../data/source.ts';
import { aTransform, type Transform, transformed } from '../data/transform.ts';
import type { Loss } from '../loss/losses.ts';
import { aModule } from '../module/kinds.ts';
import type { Module } from '../module/module.ts';
import { BackPressure } from './back-pressure.ts';
import { RecordedBatches } from './recorded-batches.ts';
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
  /** Of examples; an iterable makes its own batches. Default 256. */
  readonly batchSize?: number;
  /**
   * What to compute: the model's output unless given. `(x) => net.embed(x)` gives embeddings.
   */
  readonly compute?: (images: Tensor) => Tensor;
  /** What is done to images before, on the device: a function, or a module, which is in evaluation mode meanwhile. */
  readonly transform?: Transform;
}

const predictNames: OptionTable<PredictOptions> = {
  batchSize: whole(1),
  compute: callback,
  transform: aTransform,
};

const defaultBatchSize = 256;

/**
 * Computes a model's outputs in evaluation mode, batch by batch. The model's own mode stays as it is, also meanwhile: a
 * training of the same model may run beside it.
 * @param data examples, or an iterable of batches (see `BatchIterable`).
 * @returns logits, embeddings or whatever `compute` gives, for the rows of `data`.
 */
export async function predict(
  model: Module,
  data: DataSource,
  options: PredictOptions = {},
): Promise<Outputs> {
  checkValue('predict', 'the model', model, aModule);
  checkValue('predict', 'data', data, aDataSource);
  checkOptions('predict', options, predictNames);
  requireOwnBatches('predict', data, options.batchSize);
  const { batchSize = defaultBatchSize, compute = (images) => model.forward(images), transform } = options;
  const runtime = runtimeOf('predict', data, model);
  const work = new RecordedBatches(runtime, { model, modes: 'evaluation' }, (batch) =>
    noGrad(() => compute(transformed('predict', transform, batch, { evaluating: true }).images)),
  );
  try {
    const pass = passOf(data, runtime, { owner: 'predict', what: 'data', epoch: 1 }, { batchSize });
    const { outputs } = await collect(work, pass, runtime);
    return await outputs;
  } finally {
    work.dispose();
  }
}

/** Calls `each` with the work's result for every batch of a pass, and its number of images. */
export async function runAll<T extends Tensor | undefined>(
  work: RecordedBatches<T>,
  { items, kinds }: Pass,
  runtime: Runtime,
  each?: (result: T, count: number) => void | Promise<void>,
): Promise<void> {
  const pressure = new BackPressure(runtime);
  work.begin({ kinds });
  try {
    for (;;) {
      // Examples are not waited for: whoever calls and does not wait has the first batch queued.
      const coming = items.next();
      const next = coming instanceof Promise ? await coming : coming;
      if (next.done) break;
      const result = work.run(next.value);
      if (each) await each(result, next.value.count);
      await pressure.step();
    }
  } finally {
    await items.return?.();
  }
}

/** Resolves when all batches are queued; `outputs` when they have been read. */
async function collect(
  work: RecordedBatches<Tensor>,
  pass: Pass,
  runtime: Runtime,
): Promise<{ readonly outputs: Promise<Outputs> }> {
  let shape: readonly number[] | undefined;
  let width = 0;
  const parts: Float32Array[] = [];
  const reads: Promise<void>[] = [];
  await runAll(work, pass, runtime, async (output, count) => {
    const own = output.shape.slice(1);
    if (shape && String(shape) !== String(own)) {
      throw new RangeError(
        `predict: outputs of shape [${own}] for some images, and [${shape}] for others before`,
      );
    }
    shape = own;
    width = output.size / count;
    const at = parts.length;
    parts.push(new Float32Array(0));
    // Reads are ordered with the work: the next batch may be submitted before this one has been read.
    const read = output.array().then((data) => {
      parts[at] = data as Float32Array;
    });
    // A failure is thrown where the promise is awaited; until then it is not unhandled.
    read.catch(() => {});
    reads.push(read);
    if (reads.length > 3) await reads.shift();
  });
  return {
    outputs: Promise.all(reads).then(() => ({ values: joined(parts), width, shape: shape ?? [] })),
  };
}

/** Numbers one after another. */
function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/** What a pass over labelled images gives. */
export interface Evaluation extends EpochTotals {
  /** The model's outputs, if asked for. */
  readonly outputs?: Outputs;
}

/** How an `Evaluator` passes over its data. */
interface EvaluatorOptions {
  readonly loss: Loss;
  readonly batchSize?: number;
  readonly transform?: Transform;
  /** For errors: `fit` and `val`, or `evaluate` and `data`. */
  readonly owner: string;
  readonly what: string;
}

/**
 * Passes over the same images again and again, in evaluation mode: what `fit` does after every epoch. The steps are
 * recorded once.
 */
export class Evaluator {
  readonly #data: DataSource;
  readonly #options: EvaluatorOptions;
  readonly #runtime: Runtime;
  readonly #totals: Totals;
  readonly #work: RecordedBatches<Tensor>;

  constructor(model: Module, data: DataSource, runtime: Runtime, options: EvaluatorOptions) {
    const { loss, transform, owner } = options;
    this.#data = data;
    this.#options = options;
    this.#runtime = runtime;
    this.#totals = new Totals(runtime);
    this.#work = new RecordedBatches(runtime, { model, modes: 'evaluation' }, (given) =>
      noGrad(() => {
        const batch = transformed(owner, transform, given, { evaluating: true });
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
  async queue({ outputs = false, epoch = 1 } = {}): Promise<{ readonly evaluation: Promise<Evaluation> }> {
    const { owner, what, batchSize = defaultBatchSize } = this.#options;
    this.#totals.reset();
    const pass = passOf(this.#data, this.#runtime, { owner, what, epoch }, { batchSize });
    if (outputs) {
      const collected = await collect(this.#work, pass, this.#runtime);
      const all = Promise.all([this.#totals.read(), collected.outputs]);
      return { evaluation: all.then(([totals, outputs]) => ({ ...totals, outputs })) };
    }
    await runAll(this.#work, pass, this.#runtime);
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
  /** Of examples; an iterable makes its own batches. Default 256. */
  readonly batchSize?: number;
  /** Return the model's outputs, too. Default false. */
  readonly outputs?: boolean;
  /** What is done to images before, on the device: a function, or a module, which is in evaluation mode meanwhile. */
  readonly transform?: Transform;
}

const evaluateNames: OptionTable<EvaluateOptions> = {
  loss: required(callback),
  batchSize: whole(1),
  outputs: flag,
  transform: aTransform,
};

/**
 * One pass over labelled images in evaluation mode. The model's own mode stays as it is.
 * @param data examples, or an iterable of batches (see `BatchIterable`).
 * @throws RangeError if a label is no class of the model.
 */
export async function evaluate(
  model: Module,
  data: DataSource,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkValue('evaluate', 'the model', model, aModule);
  checkValue('evaluate', 'data', data, aDataSource);
  checkOptions('evaluate', options, evaluateNames);
  requireOwnBatches('evaluate', data, options.batchSize);
  const { outputs, ...rest } = options;
  const runtime = runtimeOf('evaluate', data, model);
  const evaluator = new Evaluator(model, data, runtime, { ...rest, owner: 'evaluate', what: 'data' });
  try {
    return await evaluator.run({ outputs });
  } finally {
    evaluator.dispose();
  }
}
