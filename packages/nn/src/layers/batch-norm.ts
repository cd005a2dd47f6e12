import { atLeast0, checkOptions, checkValue, flag, type OptionTable, share } from '@glassbox/options';
import {
  batchNormStep,
  isRecomputing,
  type Runtime,
  type Step,
  step,
  stepInput,
  type Tensor,
  tensor,
  zeros,
} from '@glassbox/tensor-core/functions';
import { Counter } from '../module/counter.ts';
import { anInit, count } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { OpLayer } from './op-layer.ts';
import { requireInput } from './shapes.ts';

/** Numbers of batch normalisation, under PyTorch's names. */
export interface BatchNormLayerOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /**
   * Share of a batch in the running statistics. Default 0.1. With null every batch counts the same: they are the mean
   * over all batches so far.
   */
  readonly momentum?: number | null;
  /** Scale and shift each channel by learnt numbers, at first 1 and 0. Default true. */
  readonly affine?: boolean;
  /** Keep running statistics. Default true. Without them each batch is normalised with its own, in both modes. */
  readonly trackRunningStats?: boolean;
}

const optionNames: OptionTable<BatchNormLayerOptions> = {
  eps: atLeast0,
  momentum: {
    what: `${share.what}, or null for the mean over all batches`,
    fits: (value) => value === null || share.fits(value),
  },
  affine: flag,
  trackRunningStats: flag,
};

/** A batch that is computed again has been taken in. */
const noStatistics = { runningMean: null, runningVar: null };

/**
 * Batch normalisation of each channel of [N,C,H,W] or [N,C] (Ioffe and Szegedy, 2015). In training mode with the
 * batch's own statistics, which also update the running ones (the variance unbiased, as PyTorch); in evaluation mode
 * with the running ones, if it has any. Frozen, it does what `freeze({ batchNorm })` said.
 */
export class BatchNorm extends OpLayer {
  readonly #runtime: Runtime;
  /** Number of channels, C. */
  readonly channels: number;
  /** Added to the variance. */
  readonly eps: number;
  /** Share of a batch in the running statistics; null: every batch counts the same. It may be changed. */
  momentum: number | null;
  /** Learnt scale of each channel [C], at first 1; null without `affine`. */
  readonly weight: Tensor | null;
  /** Learnt shift of each channel [C], at first 0; null without `affine`. */
  readonly bias: Tensor | null;
  /** Running mean of each channel [C]; null without running statistics. */
  readonly runningMean: Tensor | null;
  /** Running variance of each channel [C], unbiased; null without running statistics. */
  readonly runningVar: Tensor | null;
  /** Batches that the running statistics have seen; null without them. */
  readonly numBatchesTracked: Counter | null;

  constructor(init: Init, channels: number, options: BatchNormLayerOptions = {}) {
    super();
    checkValue('BatchNorm', 'the first argument', init, anInit);
    checkValue('BatchNorm', 'channels', channels, count);
    checkOptions('BatchNorm', options, optionNames);
    const { runtime } = init;
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    const ones = () => tensor(runtime, new Float32Array(channels).fill(1), [channels]);
    const noughts = () => zeros(runtime, [channels]);
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? this.parameter('weight', ones()) : null;
    this.bias = affine ? this.parameter('bias', noughts()) : null;
    this.runningMean = trackRunningStats ? this.buffer('running_mean', noughts()) : null;
    this.runningVar = trackRunningStats ? this.buffer('running_var', ones()) : null;
    this.numBatchesTracked = trackRunningStats ? this.buffer('num_batches_tracked', new Counter()) : null;
    this.#runtime = runtime;
  }

  /** True if a forward pass now normalises with the batch's statistics and updates the running ones, if any. */
  get usesBatchStatistics(): boolean {
    return !this.hasRunningStatistics || (this.training && this.frozenAs !== 'eval');
  }

  get step(): Step {
    const { weight, bias, eps, usesBatchStatistics: training } = this;
    const momentum = training ? this.#share() : 0;
    const { runningMean, runningVar } = training && isRecomputing() ? noStatistics : this;
    return step(batchNormStep, { weight, bias, runningMean, runningVar, training, momentum, eps });
  }

  /** Share of the next batch in the running statistics. */
  #share(): number | Tensor {
    const { momentum, numBatchesTracked: seen } = this;
    if (momentum !== null) return momentum;
    // As in PyTorch, a batch is counted before it is taken in.
    return seen ? stepInput(this.#runtime, [1], 'f32', () => [1 / ++seen.value]) : 0;
  }

  /** Running statistics as they were at first: mean 0, variance 1, no batch seen. */
  resetRunningStats(): void {
    this.runningMean?.write(new Float32Array(this.channels));
    this.runningVar?.write(new Float32Array(this.channels).fill(1));
    if (this.numBatchesTracked) this.numBatchesTracked.value = 0;
  }

  override extraRepr(): string {
    const { channels, eps, momentum, weight, runningMean } = this;
    return members(channels, {
      eps,
      momentum,
      ...(weight ? {} : { affine: false }),
      ...(runningMean ? {} : { trackRunningStats: false }),
    });
  }

  protected override check(x: Tensor): void {
    requireInput('BatchNorm', x);
    if ((x.shape.length !== 4 && x.shape.length !== 2) || x.shape[1] !== this.channels) {
      throw new RangeError(
        `BatchNorm: expected input [N,${this.channels},H,W] or [N,${this.channels}] but got [${x.shape}]`,
      );
    }
  }

  protected override passed(runtime: Runtime): void {
    const { numBatchesTracked: seen } = this;
    if (!seen || this.momentum === null || !this.usesBatchStatistics || isRecomputing()) return;
    runtime.eachStep(() => {
      seen.value++;
    });
  }

  protected override get hasRunningStatistics(): boolean {
    return this.runningMean !== null;
  }
}

/** `BatchNorm` under PyTorch's name for images [N,C,H,W]. */
export class BatchNorm2d extends BatchNorm {}

/** `BatchNorm` under PyTorch's name for rows [N,C]. */
export class BatchNorm1d extends BatchNorm {}
