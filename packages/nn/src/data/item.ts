import { type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core/functions';
import type { Batch, Examples } from './examples.ts';
import { gatherBatch } from './examples.ts';

/** One batch on its way to the device. */
export interface Item {
  /** Images in it. */
  readonly count: number;
  /** Batches with the same key are alike: one recording does for all of them. */
  readonly key: string;
  /** Makes the place where batches of this key enter a step. */
  open(): Inlet;
}

/** Where batches of one key enter a step, one after another: a recorded step reads the one that was taken last. */
export interface Inlet {
  /** Before the step. */
  take(item: Item): void;
  /** Within the step, at most once. */
  build(): Batch;
}

/** Rows of a data set that is on the device. */
export class RowItem implements Item {
  readonly data: Examples;
  readonly rows: Uint32Array;

  constructor(data: Examples, rows: Uint32Array) {
    this.data = data;
    this.rows = rows;
  }

  get count(): number {
    return this.rows.length;
  }

  get key(): string {
    return `${this.rows.length}`;
  }

  open(): Inlet {
    let { data, rows } = this;
    return {
      take: (item) => {
        ({ data, rows } = item as RowItem);
      },
      build: () =>
        gatherBatch(
          data,
          stepInput(data.runtime, [rows.length], 'u32', () => rows),
        ),
    };
  }
}

/** A function that gives a step the tensor of an item, and one that takes the next item. */
export interface Place<T> {
  take(value: T): void;
  build(): Tensor;
}

/** Numbers on the host that a step uploads, each time anew. */
export function hostPlace<T extends ArrayLike<number>>(
  runtime: Runtime,
  shape: readonly number[],
  dtype: 'f32' | 'u32',
): Place<T> {
  let current: T;
  return {
    take: (values) => {
      current = values;
    },
    build: () => stepInput(runtime, shape, dtype, () => current),
  };
}
