/** Batches whose images are on the host until their step. */
import {
  gatherImages,
  gatherLabels,
  isLive,
  type StoredImages,
  stepInput,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core/functions';
import type { Batch, Examples } from './examples.ts';
import { hostPlace, type Inlet, type Item } from './item.ts';
import type { Read, StreamedImages } from './streamed.ts';

/** The words of a batch as images that a kernel can normalise. */
function storedAs({ source, order, shape }: StreamedImages, values: Tensor, count: number): StoredImages {
  return { values, source, order, shape, count };
}

/** All rows of a batch, in order. */
function inOrder(data: Examples, count: number): Tensor {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return tensor(data.runtime, rows, [count], { dtype: 'u32' });
}

const floatWords = ({ source }: StreamedImages) => source === 'f32';

/** Images and labels of a batch, of which the words are on the device already. */
function gathered(data: Examples, images: StreamedImages, values: Tensor, rows: Tensor): Batch {
  const { labels, labelType, normalization } = data;
  const count = rows.shape[0];
  return {
    data,
    images: gatherImages(storedAs(images, values, count), inOrder(data, count), normalization),
    labels: labels && gatherLabels(labels, rows, labelType),
  };
}

/** A batch whose images are on the host until its step. */
export class StreamedItem implements Item {
  readonly data: Examples;
  readonly images: StreamedImages;
  readonly read: Read;

  constructor(data: Examples, images: StreamedImages, read: Read) {
    this.data = data;
    this.images = images;
    this.read = read;
  }

  get count(): number {
    return this.read.rows.length;
  }

  get key(): string {
    return `${this.count}`;
  }

  open(): Inlet {
    const { data, images } = this;
    let { read } = this;
    const dtype = floatWords(images) ? 'f32' : 'u32';
    const values = hostPlace<Uint32Array | Float32Array>(data.runtime, [read.words.length], dtype);
    return {
      take: (item) => {
        ({ read } = item as StreamedItem);
        values.take(asValues(images, read.words));
      },
      build: () => {
        const rows = stepInput(data.runtime, [read.rows.length], 'u32', () => read.rows);
        return gathered(data, images, values.build(), rows);
      },
    };
  }
}

function asValues(images: StreamedImages, words: Uint32Array): Uint32Array | Float32Array {
  return floatWords(images) ? new Float32Array(words.buffer, 0, words.length) : words;
}

/** A batch of a loop of one's own, whose images are on the host until they are asked for. */
export class StreamedBatch implements Batch {
  readonly data: Examples;
  readonly item: StreamedItem;
  #over = false;
  #built: Batch | undefined;

  constructor(data: Examples, images: StreamedImages, read: Read) {
    this.data = data;
    this.item = new StreamedItem(data, images, read);
  }

  get images(): Tensor {
    return this.#batch.images;
  }

  get labels(): Tensor | null {
    return this.#batch.labels;
  }

  /** The loop has gone on: the memory of its images is used for others. */
  end(): void {
    this.#over = true;
  }

  /** How it enters a recorded step. @throws Error after its turn. */
  get current(): StreamedItem {
    if (this.#over) {
      throw new Error(
        'batches: this batch is over, and its images have made room for those of a later one; ' +
          'use a batch before the loop goes on',
      );
    }
    return this.item;
  }

  get #batch(): Batch {
    if (!this.#built || !isLive(this.#built.images.storage)) {
      const { data, images, read } = this.current;
      const dtype = floatWords(images) ? 'f32' : 'u32';
      const words = tensor(data.runtime, asValues(images, read.words), [read.words.length], { dtype });
      const rows = tensor(data.runtime, read.rows, [read.rows.length], { dtype: 'u32' });
      this.#built = gathered(data, images, words, rows);
    }
    return this.#built;
  }
}
