import type { BenchmarkOp, Pass } from './ops.ts';

/**
 * How contenders are talked to. Each is a process of its own, so that its memory is its own and its crash too. It
 * reads one JSON request a line from stdin and answers each with one line on stdout that starts with `@`; other
 * lines are its own chatter. Only the process that was asked works: runs of rivals never overlap.
 */

/** What a contender can be asked to do. */
export type Request =
  /** Build a net with its optimiser and data. Answer: `Prepared`. */
  | { readonly do: 'prepare'; readonly case: string; readonly batch: number; readonly threads: number }
  /** Inputs of one operation. Answer: `Prepared`. */
  | { readonly do: 'prepareOp'; readonly op: BenchmarkOp; readonly pass: Pass; readonly threads: number }
  /** Steps, or the operation, until the time is over, at least one. Answer: `Timings`. */
  | { readonly do: 'train' | 'infer' | 'op'; readonly seconds: number }
  /**
   * Train a fresh net for some steps. Ours writes to `folder` what it starts from, the other reads it there:
   * `weights.f32` (all parameters, in PyTorch's order), `images.u8` ([steps, batch, 28, 28]), `labels.u8`
   * ([steps, batch]). Answer: `Losses`.
   */
  | {
      readonly do: 'losses';
      readonly case: string;
      readonly batch: number;
      readonly steps: number;
      readonly threads: number;
      readonly folder: string;
    }
  /** Data for whole epochs of practical-net. Answer: `Prepared`. */
  | { readonly do: 'prepareEpoch'; readonly images: number; readonly batch: number; readonly threads: number }
  /** One epoch of training, with validation. Answer: `Timings` with one value. */
  | { readonly do: 'epoch' }
  /** Answer: `Memory`. */
  | { readonly do: 'memory' };

export interface Prepared {
  /** Name and version of what does the work, for example `PyTorch 1.13.1, 2 threads`. */
  readonly version: string;
  /** Milliseconds of a step (or epoch) while it was prepared, where the contender exists in several forms. */
  readonly trialMs?: number;
}

export interface Timings {
  /** Milliseconds of each step, or of each group of steps divided by their number. */
  readonly ms: readonly number[];
}

export interface Losses {
  /** The loss of each step. */
  readonly losses: readonly number[];
}

export interface Memory {
  /** The largest resident set of the whole process so far. */
  readonly peakRssBytes: number;
}

export type Answer = (Prepared | Timings | Losses | Memory) & { readonly error?: undefined };

/** The contender could not do it; in its own words. */
export interface Failure {
  readonly error: string;
}
