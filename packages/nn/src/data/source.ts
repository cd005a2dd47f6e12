import { type Kind, show } from '@glassbox/options';
import type { Runtime } from '@glassbox/tensor-core/functions';
import type { Module } from '../module/module.ts';
import { type BatchInput, itemOf } from './batch-input.ts';
import { anExamples, type Examples } from './examples.ts';
import { type Item, RowItem } from './item.ts';
import { batchCount, cut, shuffled } from './order.ts';
import { copied, isStreamed, read, type StreamedImages } from './streamed.ts';
import { StreamedItem } from './streamed-batch.ts';

type AnyIterable<T> = Iterable<T | Promise<T>> | AsyncIterable<T>;

/**
 * Batches of any size from anywhere: an iterable that begins anew each time (an array, an object with
 * `Symbol.iterator` or `Symbol.asyncIterator`), or a function that makes the iterable of an epoch, counted from 1.
 * Numbers of the host are copied when the batch's turn comes, so that an iterable may use its arrays again.
 */
export type BatchIterable =
  | AnyIterable<BatchInput>
  | ((epoch: number) => AnyIterable<BatchInput> | Promise<AnyIterable<BatchInput>>);

/** What trainings, evaluations and predictions take. */
export type DataSource = Examples | BatchIterable;

/** See `@glassbox/options`. */
export const aDataSource: Kind = {
  what: 'what examples() gives, an iterable of batches, or a function of the epoch that gives one',
  fits: (value) =>
    isIterable(value) ||
    anExamples.fits(value) ||
    (typeof value === 'function' && !/^class\b/.test(String(value))),
};

function isIterable(value: unknown): value is AnyIterable<BatchInput> {
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

export function isExamples(data: DataSource): data is Examples {
  return !isIterable(data) && typeof data !== 'function';
}

/** @throws RangeError if batches of an iterable are given a size. */
export function requireOwnBatches(
  owner: string,
  data: DataSource,
  batchSize: number | undefined,
  name = 'batchSize',
): void {
  if (batchSize === undefined || isExamples(data)) return;
  throw new RangeError(
    `${owner}: ${name} is for examples(); an iterable makes batches of its own size, leave it out`,
  );
}

/** True for what gives its batches only once: a generator that was called. */
export function isOneShot(data: DataSource): boolean {
  return typeof data === 'object' && 'next' in data;
}

/** One time through the data. */
export interface Pass {
  readonly items: Iterator<Item> | AsyncIterator<Item>;
  /** Batches, where they are known before. */
  readonly length: number | undefined;
  /** Images, likewise. */
  readonly images: number | undefined;
  /** How many batches there are of each kind, likewise. */
  readonly kinds: ReadonlyMap<string, number>;
}

export interface Slicing {
  /** Of examples; iterables make their own batches. */
  readonly batchSize: number;
  /** Draws the order of an epoch. Without it, rows come as they are. */
  readonly seed?: number;
  readonly dropLast?: boolean;
}

/** Begins a pass through data. `owner` and `what` are for errors: `fit`, `train`. */
export function passOf(
  data: DataSource,
  runtime: Runtime,
  { owner, what, epoch }: { readonly owner: string; readonly what: string; readonly epoch: number },
  { batchSize, seed, dropLast = false }: Slicing,
): Pass {
  if (!isExamples(data)) {
    const length = Array.isArray(data) ? data.length : undefined;
    return {
      items: incoming(data, runtime, { owner, what, epoch }),
      length,
      images: undefined,
      kinds: new Map(),
    };
  }
  const rows = seed === undefined ? data.rows : shuffled(data.rows, seed, epoch);
  const rest = rows.length % batchSize;
  const length = batchCount(rows.length, batchSize, dropLast);
  return {
    items: itemsOf(data, cut(rows, batchSize, dropLast)),
    length,
    images: dropLast ? length * batchSize : rows.length,
    kinds: new Map([
      [`${batchSize}`, (rows.length - rest) / batchSize],
      [`${rest}`, dropLast ? 0 : 1],
    ]),
  };
}

function itemsOf(data: Examples, parts: Iterable<Uint32Array>): Pass['items'] {
  const { images } = data;
  if (!isStreamed(images)) return rowItems(data, parts);
  return images.inMemory ? copiedItems(data, images, parts) : readItems(data, images, parts);
}

function* rowItems(data: Examples, parts: Iterable<Uint32Array>): Generator<Item> {
  for (const rows of parts) yield new RowItem(data, rows);
}

function* copiedItems(data: Examples, images: StreamedImages, parts: Iterable<Uint32Array>): Generator<Item> {
  for (const batch of copied(images, parts)) yield new StreamedItem(data, images, batch);
}

async function* readItems(
  data: Examples,
  images: StreamedImages,
  parts: Iterable<Uint32Array>,
): AsyncGenerator<Item> {
  for await (const batch of read(images, parts)) yield new StreamedItem(data, images, batch);
}

async function* incoming(
  data: BatchIterable,
  runtime: Runtime,
  { owner, what, epoch }: { readonly owner: string; readonly what: string; readonly epoch: number },
): AsyncGenerator<Item> {
  const iterable: unknown = typeof data === 'function' ? await data(epoch) : data;
  if (!isIterable(iterable)) {
    throw new TypeError(`${owner}: ${what} must give an iterable of batches, not ${show(iterable)}`);
  }
  let count = 0;
  for await (const input of iterable) {
    yield itemOf(`${owner}: batch ${count} of ${what}, epoch ${epoch}`, input, runtime);
    count++;
  }
  if (count === 0) {
    throw new RangeError(
      `${owner}: ${what} gave no batches in epoch ${epoch}; ` +
        'an iterable must begin anew each time, or be made by a function: (epoch) => …',
    );
  }
}

/** On which device to compute: the data's, else the model's. @throws Error if neither says it. */
export function runtimeOf(owner: string, data: DataSource, model: Module): Runtime {
  return isExamples(data) ? data.runtime : runtimeOfModel(owner, model);
}

/** @throws Error if the model has no parameters. */
export function runtimeOfModel(owner: string, model: Module): Runtime {
  for (const value of model.namedState().values()) if ('runtime' in value) return value.runtime;
  throw new Error(`${owner}: a model without parameters does not say on which device to compute`);
}
