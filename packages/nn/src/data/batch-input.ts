import {
  anything,
  checkOptions,
  type Kind,
  type OptionTable,
  oneOf,
  required,
  show,
} from '@glassbox/options';
import {
  checkNormalization,
  empty,
  gatherImages,
  imageSource,
  type LabelValues,
  launch,
  type Runtime,
  type StoredImages,
  Tensor,
  tensor,
} from '@glassbox/tensor-core/functions';
import { relayout, rowMajor } from '@glassbox/wgsl-kernels';
import { aTensor } from '../module/kinds.ts';
import { RowBatch } from './batches.ts';
import { type Batch, checkedLabels, type ExamplesInput, exampleNames, labelTypeOf } from './examples.ts';
import { requireFiniteImages } from './finite.ts';
import { hostPlace, type Inlet, type Item, type Place, RowItem } from './item.ts';
import { normalizationOf } from './normalization.ts';
import { StreamedBatch } from './streamed-batch.ts';

/** A batch of tensors that are on the device already. */
export interface TensorBatch {
  /** [B,…], as the net wants them: nothing is normalised. */
  readonly images: Tensor;
  /** [B] or [B,columns]: a tensor, or numbers on the host, of which floats are targets and integers class numbers. */
  readonly labels?: Tensor | ExamplesInput['labels'] | null;
  /** As in `examples`, for labels on the host. */
  readonly labelType?: 'u32' | 'f32';
}

/** One batch of an iterable: what `examples` takes, for a few images, or tensors. */
export type BatchInput = ExamplesInput | TensorBatch | Batch;

const tensorNames: OptionTable<TensorBatch & { readonly data?: unknown }> = {
  images: required(aTensor),
  labels: anything,
  labelType: oneOf('u32', 'f32'),
  data: anything,
};

const labelsKind: Kind = {
  what: 'a tensor, a typed array as examples() takes it, or null',
  fits: (value) => value === null || value instanceof Tensor || exampleNames.labels.fits(value),
};

/**
 * Checks a batch of an iterable and says how it enters a step.
 * @throws TypeError or RangeError if it is none, or holds what `examples` would refuse.
 */
export function itemOf(owner: string, input: BatchInput, runtime: Runtime): Item {
  if (input instanceof RowBatch) {
    requireRuntime(owner, 'images', input.data, runtime);
    return new RowItem(input.data, input.rows);
  }
  if (input instanceof StreamedBatch) {
    requireRuntime(owner, 'images', input.data, runtime);
    return input.current;
  }
  if (typeof input !== 'object' || input === null || !('images' in input)) {
    throw new TypeError(`${owner} must be { images, labels }, not ${show(input)}`);
  }
  return input.images instanceof Tensor
    ? tensorItem(owner, input as TensorBatch, runtime)
    : hostItem(owner, input as ExamplesInput, runtime);
}

/** What the labels of a batch are, and the place where they enter. */
interface Labels {
  readonly key: string;
  readonly value: Tensor | LabelValues | null;
  open(): Place<Tensor | LabelValues | null> | null;
}

function tensorItem(owner: string, input: TensorBatch, runtime: Runtime): Item {
  checkOptions(owner, input, tensorNames);
  const { images, labels = null, labelType } = input;
  requireRuntime(owner, 'images', images, runtime);
  const count = images.shape[0] ?? 0;
  if (count === 0) throw new RangeError(`${owner}: images of shape [${images.shape}] hold none`);
  if (!labelsKind.fits(labels)) {
    throw new TypeError(`${owner}: labels must be ${labelsKind.what}, not ${show(labels)}`);
  }
  const columns = labels === null || labels instanceof Tensor ? 1 : labels.length / count;
  const own =
    labels instanceof Tensor || labels === null
      ? labels
      : checkedLabels(owner, { ...noImages, labels, labelType, labelColumns: columns });
  const type =
    labels === null || labels instanceof Tensor ? 'u32' : labelTypeOf({ ...noImages, labels, labelType });
  const places = labelsOf(owner, own, { count, type, runtime });
  return new Incoming(count, images, keyOf(images), () => tensorPlace(runtime, images), places);
}

const noImages = { images: new Uint8Array(0), shape: [1, 1, 1] } as const;

function hostItem(owner: string, input: ExamplesInput, runtime: Runtime): Item {
  checkOptions(owner, input, exampleNames);
  const { images, shape, layout: order = 'NHWC', mean, std, labelColumns = 1 } = input;
  checkNormalization(owner, { mean, std }, shape[0]);
  requireFiniteImages(owner, input);
  const [c, h, w] = shape;
  const count = images.length / (c * h * w);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`${owner}: ${images.length} values are no whole number of images of [${shape}]`);
  }
  const labels = checkedLabels(owner, input);
  if (labels && labels.length !== count * labelColumns) {
    throw new RangeError(`${owner}: ${count} images but ${labels.length} labels, ${labelColumns} for each`);
  }
  const source = imageSource(images);
  const normalization = normalizationOf(input, { source });
  const words = wordsOf(images);
  const key = JSON.stringify([source, order, count, shape, normalization]);
  const open = (): Place<Uint32Array | Float32Array> => {
    const dtype = source === 'f32' ? 'f32' : 'u32';
    const values = hostPlace<Uint32Array | Float32Array>(runtime, [words.length], dtype);
    const all = Uint32Array.from({ length: count }, (_, row) => row);
    return {
      take: values.take,
      build: () => {
        const stored: StoredImages = { values: values.build(), source, order, count, shape };
        return gatherImages(stored, tensor(runtime, all, [count], { dtype: 'u32' }), normalization);
      },
    };
  };
  const places = labelsOf(owner, labels, { count, type: labelTypeOf(input), runtime });
  return new Incoming(count, words, key, open, places);
}

/** Values as words, integers side by side in them; a copy only where they do not lie at words. */
function wordsOf(values: ExamplesInput['images']): Uint32Array | Float32Array {
  if (values instanceof Float32Array) return values;
  const { buffer, byteOffset, byteLength } = values;
  if (byteOffset % 4 === 0 && byteLength % 4 === 0)
    return new Uint32Array(buffer, byteOffset, byteLength / 4);
  const padded = new Uint8Array(Math.ceil(byteLength / 4) * 4);
  padded.set(new Uint8Array(buffer, byteOffset, byteLength));
  return new Uint32Array(padded.buffer);
}

function labelsOf(
  owner: string,
  value: Tensor | LabelValues | null,
  {
    count,
    type,
    runtime,
  }: { readonly count: number; readonly type: 'u32' | 'f32'; readonly runtime: Runtime },
): Labels {
  if (value === null) return { key: '', value, open: () => null };
  const rows = value instanceof Tensor ? value.shape[0] : value.length / Math.ceil(value.length / count);
  if (rows !== count) {
    const found = value instanceof Tensor ? `labels of shape [${value.shape}]` : `${value.length} labels`;
    throw new RangeError(`${owner}: ${count} images but ${found}`);
  }
  if (value instanceof Tensor) {
    requireRuntime(owner, 'labels', value, runtime);
    return { key: keyOf(value), value, open: () => tensorPlace(runtime, value) as Place<never> };
  }
  const shape = value.length === count ? [count] : [count, value.length / count];
  return {
    key: `${type} ${shape}`,
    value,
    open: () => hostPlace<LabelValues>(runtime, shape, type) as Place<never>,
  };
}

/** A batch that comes from outside. */
class Incoming<T> implements Item {
  readonly count: number;
  readonly key: string;
  readonly #images: T;
  readonly #open: () => Place<T>;
  readonly #labels: Labels;

  constructor(count: number, images: T, key: string, open: () => Place<T>, labels: Labels) {
    this.count = count;
    this.key = `${key} ${labels.key}`;
    this.#images = images;
    this.#open = open;
    this.#labels = labels;
  }

  open(): Inlet {
    const images = this.#open();
    const labels = this.#labels.open();
    return {
      take: (item) => {
        const next = item as Incoming<T>;
        images.take(next.#images);
        labels?.take(next.#labels.value);
      },
      build: () => ({ images: images.build(), labels: labels?.build() ?? null }),
    };
  }
}

/** A tensor of the step's own, into which others of the same kind are copied. */
function tensorPlace(runtime: Runtime, like: Tensor): Place<Tensor> {
  const own = empty(runtime, like.layout, like.dtype);
  const words = rowMajor([own.storage.words]);
  return {
    take: (x) => launch(relayout, [words, words, undefined], { x: x.storage, y: own.storage }, runtime),
    build: () => own,
  };
}

function keyOf({ shape, dtype, layout }: Tensor): string {
  return `tensor ${dtype} [${shape}] ${layout.order} ${layout.extents}`;
}

function requireRuntime(
  owner: string,
  what: string,
  { runtime }: { readonly runtime: Runtime },
  own: Runtime,
): void {
  if (runtime === own) return;
  throw new Error(
    `${owner}: ${what} are on another device (${runtime.device.info.adapter}) than the model ` +
      `(${own.device.info.adapter}); make both with one runtime`,
  );
}
