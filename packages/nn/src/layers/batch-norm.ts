import { atLeast0, checkOptions, checkValue, type OptionTable, share } from '@glassbox/options';
import {
  batchNormStep,
  type Runtime,
  type Step,
  step,
  type Tensor,
  tensor,
  zeros,
} from '@glassbox/tensor-core';
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
  /** Share of a batch in the running statistics. */
  readonly momentum?: number;
}

const optionNames: OptionTable<BatchNormLayerOptions> = { eps: atLeast0, momentum: share };

/**
 * Batch normalisation of each channel of [N,C,H,W] or [N,C] (Ioffe and Szegedy, 2015). In training mode with the
 * batch's own statistics, which also update the running ones (the variance unbiased, as PyTorch); in evaluation mode
 * with the running ones. Frozen, it does what `freeze({ batchNorm })` said.
 */
export class BatchNorm extends OpLayer {
  /** Number of channels, C. */
  readonly channels: number;
  /** Added to the variance. */
  readonly eps: number;
  /** Share of a batch in the running statistics. */
  readonly momentum: number;
  /** Learnt scale of each channel [C], at first 1. */
  readonly weight: Tensor;
  /** Learnt shift of each channel [C], at first 0. */
  readonly bias: Tensor;
  /** Running mean of each channel [C]. */
  readonly runningMean: Tensor;
  /** Running variance of each channel [C], unbiased. */
  readonly runningVar: Tensor;
  /** Batches that the running statistics have seen. */
  readonly numBatchesTracked: Counter;

  constructor(init: Init, channels: number, options: BatchNormLayerOptions = {}) {
    super();
    checkValue('BatchNorm', 'the first argument', init, anInit);
    checkValue('BatchNorm', 'channels', channels, count);
    checkOptions('BatchNorm', options, optionNames);
    const { runtime } = init;
    const { eps = 1e-5, momentum = 0.1 } = options;
    const ones = new Float32Array(channels).fill(1);
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = this.parameter('weight', tensor(runtime, ones, [channels]));
    this.bias = this.parameter('bias', zeros(runtime, [channels]));
    this.runningMean = this.buffer('running_mean', zeros(runtime, [channels]));
    this.runningVar = this.buffer('running_var', tensor(runtime, ones, [channels]));
    this.numBatchesTracked = this.buffer('num_batches_tracked', new Counter());
  }

  /** True if a forward pass now normalises with the batch's statistics and updates the running ones. */
  get usesBatchStatistics(): boolean {
    return this.training && this.frozenAs !== 'eval';
  }

  get step(): Step {
    const { weight, bias, runningMean, runningVar, momentum, eps, usesBatchStatistics: training } = this;
    return step(batchNormStep, { weight, bias, runningMean, runningVar, training, momentum, eps });
  }

  override extraRepr(): string {
    const { channels, eps, momentum } = this;
    return members(channels, { eps, momentum });
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
    if (!this.usesBatchStatistics) return;
    runtime.eachStep(() => {
      this.numBatchesTracked.value++;
    });
  }

  protected override get hasRunningStatistics(): boolean {
    return true;
  }
}

/** `BatchNorm` under PyTorch's name for images [N,C,H,W]. */
export class BatchNorm2d extends BatchNorm {}

/** `BatchNorm` under PyTorch's name for rows [N,C]. */
export class BatchNorm1d extends BatchNorm {}
