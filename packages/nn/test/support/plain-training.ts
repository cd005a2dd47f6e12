/**
 * A small net with everything that has a mode, and a training loop as one writes it in PyTorch: what `fit` must agree
 * with.
 */
import { backward, type Runtime, tensor } from '@glassbox/tensor-core';
import {
  type Batch,
  BatchNorm1d,
  Dropout,
  type Examples,
  Flatten,
  gatherBatch,
  Init,
  Linear,
  type Loss,
  Module,
  type Optimizer,
  ReLU,
} from '../../src/index.ts';

/** For images [N,1,8,8]; two classes. */
export class SmallNet extends Module {
  readonly first: Linear;
  readonly norm: BatchNorm1d;
  readonly dropout: Dropout;
  readonly head: Linear;
  readonly #flatten = new Flatten();
  readonly #relu = new ReLU();

  constructor(runtime: Runtime, seed = 1, first?: Linear) {
    super();
    const init = new Init(runtime, seed);
    this.first = this.child('first', first ?? new Linear(init, 64, 6));
    this.norm = this.child('norm', new BatchNorm1d(init, 6));
    this.dropout = this.child('dropout', new Dropout(init, 0.4));
    this.head = this.child('head', new Linear(init, 6, 2));
  }

  forward(x: Parameters<Module['forward']>[0]) {
    const hidden = this.norm.forward(this.#relu.forward(this.first.forward(this.#flatten.forward(x))));
    return this.head.forward(this.dropout.forward(hidden));
  }
}

/** What a user does while a training runs. */
export interface Callbacks {
  readonly onEpochStart?: (epoch: number) => void;
  readonly progress?: (at: { readonly epoch: number; readonly step: number }) => void;
  readonly onEpoch?: (at: { readonly epoch: number }) => void;
}

export interface PlainTraining extends Callbacks {
  readonly train: Examples;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batchSize: number;
}

/** Batches in the order of the rows, each step by itself: nothing is recorded. */
export function trainPlainly(net: Module, training: PlainTraining): void {
  const { train, loss, optimizer, epochs, batchSize } = training;
  const { runtime, rows } = train;
  net.train();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    training.onEpochStart?.(epoch);
    for (let start = 0, step = 1; start < rows.length; start += batchSize, step++) {
      const own = rows.subarray(start, start + batchSize);
      runtime.step(() => {
        const batch: Batch = gatherBatch(train, tensor(runtime, own, [own.length], { dtype: 'u32' }));
        backward(loss(net.forward(batch.images), batch));
        optimizer.step();
        optimizer.zeroGrad();
      });
      training.progress?.({ epoch, step });
    }
    training.onEpoch?.({ epoch });
  }
}
