import { type Examples, gatherBatch, type Module } from '@glassbox/nn';
import {
  backward,
  noGrad,
  type Recording,
  type Runtime,
  stepInput,
  type Tensor,
} from '@glassbox/tensor-core';
import type { BenchmarkCase } from '../cases.ts';

/** The rows of a step's batch, of a data set of `count`. */
export function batchRows(step: number, batch: number, count: number): Uint32Array {
  return Uint32Array.from({ length: batch }, (_, n) => (step * batch + n * 7) % count);
}

/** One net with its recorded steps, as `fit` and `predict` use them, over batches that differ from step to step. */
export class Training {
  readonly model: Module;
  readonly #runtime: Runtime;
  readonly #data: Examples;
  readonly #batch: number;
  readonly #train: () => Tensor;
  #step = 0;

  constructor(runtime: Runtime, benchmark: BenchmarkCase, data: Examples, batch: number) {
    this.#runtime = runtime;
    this.#data = data;
    this.#batch = batch;
    this.model = benchmark.model(runtime);
    const optimizer = benchmark.optimizer(this.model);
    this.#train = () => {
      const inputs = this.#inputs();
      const loss = benchmark.loss(this.model.forward(inputs.images), inputs);
      backward(loss);
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    };
  }

  /** One training step that runs now and can be replayed; its result is the loss. */
  recordTraining(): Recording<Tensor> {
    this.model.train();
    return this.#runtime.record(this.#train);
  }

  /** The outputs of one batch in evaluation mode, without gradients. */
  recordInference(): Recording<Tensor> {
    this.model.eval();
    return this.#runtime.record(() => noGrad(() => this.model.forward(this.#inputs().images)));
  }

  #inputs() {
    const rows = () => batchRows(this.#step++, this.#batch, this.#data.rows.length);
    return gatherBatch(this.#data, stepInput(this.#runtime, [this.#batch], 'u32', rows));
  }
}
