import { checkOptions, checkValue, flag, type OptionTable, required, whole } from '@glassbox/options';
import {
  gatherImages,
  gatherLabels,
  isLive,
  type StoredImages,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core/functions';
import { anExamples, type Batch, type Examples } from './examples.ts';
import { batchCount, cut, requireBatches, shuffled } from './order.ts';
import { copied, isStreamed, read } from './streamed.ts';
import { StreamedBatch } from './streamed-batch.ts';

/** How `batches` cuts a data set, and in which order. */
export interface BatchesOptions {
  /** Images in a batch; the last one of an epoch may be smaller. */
  readonly batchSize: number;
  /** Draw a new order in every epoch. Default true. */
  readonly shuffle?: boolean;
  /** Decides the order. With the seed of a `fit`, it is the same. Default 0. */
  readonly seed?: number;
  /** Leave out the last batch of an epoch if it is smaller than the others. Default false. */
  readonly dropLast?: boolean;
  /** The epoch of the first pass, from 1, for a loop that goes on from a checkpoint. Default 1. */
  readonly epoch?: number;
}

const optionNames: OptionTable<BatchesOptions> = {
  batchSize: required(whole(1)),
  shuffle: flag,
  seed: whole(0),
  dropLast: flag,
  epoch: whole(1),
};

/**
 * What `for (const batch of …)` takes: each loop over it is the next epoch, in an order of its own. Images that are
 * read when a batch needs them, as those of a large file are, take `for await`.
 */
export interface Batches extends Iterable<Batch>, AsyncIterable<Batch> {
  /** Batches of an epoch. */
  readonly length: number;
}

/**
 * The batches of a data set for a training loop of one's own, as PyTorch's `DataLoader`. Seed and epoch decide the
 * order of the images, the same as in `fit`.
 *
 * A batch is built on the device where its images or labels are first asked for. Within `runtime.step` it belongs to
 * the step, which frees it.
 */
export function batches(data: Examples, options: BatchesOptions): Batches {
  checkValue('batches', 'data', data, anExamples);
  checkOptions('batches', options, optionNames);
  const { batchSize, shuffle = true, seed = 0, dropLast = false } = options;
  requireBatches('batches', data.rows.length, batchSize, dropLast);
  let { epoch = 1 } = options;
  const { images } = data;
  const parts = () => {
    const rows = shuffle ? shuffled(data.rows, seed, epoch) : data.rows;
    epoch++;
    return cut(rows, batchSize, dropLast);
  };
  function* present(): Generator<Batch> {
    if (!isStreamed(images)) {
      for (const part of parts()) yield new RowBatch(data, part);
      return;
    }
    if (!images.inMemory) {
      throw new TypeError(
        'batches: these images are read when a batch needs them, which takes time: for await (const batch of batches)',
      );
    }
    for (const found of copied(images, parts())) {
      const batch = new StreamedBatch(data, images, found);
      yield batch;
      batch.end();
    }
  }
  async function* coming(): AsyncGenerator<Batch> {
    if (!isStreamed(images) || images.inMemory) {
      yield* present();
      return;
    }
    for await (const found of read(images, parts())) {
      const batch = new StreamedBatch(data, images, found);
      yield batch;
      batch.end();
    }
  }
  return {
    length: batchCount(data.rows.length, batchSize, dropLast),
    [Symbol.iterator]: present,
    [Symbol.asyncIterator]: coming,
  };
}

/** Rows of a data set that is on the device as a batch. */
export class RowBatch implements Batch {
  readonly data: Examples;
  readonly rows: Uint32Array;
  #images: Tensor | undefined;
  #labels: Tensor | undefined;

  constructor(data: Examples, rows: Uint32Array) {
    this.data = data;
    this.rows = rows;
  }

  // Both are built anew after the step that they were built in: what a step makes ends with it.

  get images(): Tensor {
    const { normalization } = this.data;
    const images = this.data.images as StoredImages;
    if (!this.#images || !isLive(this.#images.storage))
      this.#images = gatherImages(images, this.#numbers, normalization);
    return this.#images;
  }

  get labels(): Tensor | null {
    const { labels, labelType } = this.data;
    if (labels && !(this.#labels && isLive(this.#labels.storage)))
      this.#labels = gatherLabels(labels, this.#numbers, labelType);
    return this.#labels ?? null;
  }

  /** `for (const [images, labels] of …)` is Python's way. */
  [Symbol.iterator](): never {
    throw new TypeError('batches: a batch is an object: for (const { images, labels } of batches)');
  }

  get #numbers(): Tensor {
    return tensor(this.data.runtime, this.rows, [this.rows.length], { dtype: 'u32' });
  }
}
