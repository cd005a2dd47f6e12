/** What the worker is asked, and what it says: one message a line. */

export const libraryNames = ['tfjs', 'jax', 'onnx', 'onnx-jsep'] as const;
export type LibraryName = (typeof libraryNames)[number];

export interface Work {
  readonly library: LibraryName;
  /** Dawn on a software adapter judges what failed: it may be the library that is wrong. */
  readonly gpu: 'ours' | 'dawn';
  /** The number of the first case. */
  readonly from: number;
  /** These cases only. */
  readonly numbers?: readonly number[];
  /** Part of the name of an operation. */
  readonly filter: string;
  readonly times: boolean;
}

/** How one use of an operation ended. */
export interface Row {
  readonly operation: string;
  readonly title: string;
  /** Its place among the cases. */
  readonly number: number;
  /**
   * `passed`; `failed`: another result, or an error; `refused`: our WebGPU said that it does not have what is needed;
   * `library`: another result, and Dawn gives the same; `host`: right, but nothing was dispatched; `broken`: the
   * library itself cannot do it on the processor.
   */
  readonly status: 'passed' | 'failed' | 'library' | 'refused' | 'host' | 'broken';
  /** Null if it is infinite. */
  readonly difference?: number | null;
  readonly dispatches?: number;
  readonly reason?: string;
  /** Time in kernels, with and without checks of bounds. */
  readonly robustMs?: number;
  readonly uncheckedMs?: number;
}

export interface About {
  readonly title: string;
  readonly excluded: Readonly<Record<string, string>>;
  /** Operations for which nothing is written here. */
  readonly missing: readonly string[];
  readonly cases: number;
}

export interface Message {
  readonly library?: About;
  readonly begins?: Pick<Row, 'operation' | 'title' | 'number'>;
  readonly row?: Row;
}
