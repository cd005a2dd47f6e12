import {
  crossEntropyLoss,
  type Examples,
  examples,
  gatherBatch,
  type Loss,
  type Module,
  type Optimizer,
  reconstructionLoss,
  type StateDict,
} from '@glassbox/nn';
import { backward, type Recording, type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core';
import type { Golden } from './golden.ts';
import type { ParityImages } from './images.ts';
import { buildModel, buildOptimizer } from './model.ts';

/** The net, the optimiser and the images of a recording, on a device. */
export class Training {
  readonly runtime: Runtime;
  readonly model: Module;
  readonly optimizer: Optimizer<{ lr: number }>;
  /** Rows of the next step's batch. */
  rows: Uint32Array = new Uint32Array();
  readonly #batch: number;
  readonly #train: Examples;
  readonly #loss: Loss;
  #recording: Recording<Tensor> | undefined;

  /** @throws ParityInputError if the weights are not those of the net. */
  constructor(runtime: Runtime, golden: Golden, weights: StateDict, { shape, train, labels }: ParityImages) {
    const { loss, optimizer, batch } = golden.spec;
    const classifies = loss === 'cross-entropy';
    this.runtime = runtime;
    this.model = buildModel(runtime, golden, weights, shape);
    this.optimizer = buildOptimizer(this.model, optimizer);
    this.#batch = batch;
    this.#train = examples(runtime, { images: train, shape, labels: classifies ? labels! : undefined });
    this.#loss = classifies ? crossEntropyLoss() : reconstructionLoss('mse');
  }

  /** Forward and backward pass over the next batch: the loss. */
  pass(): Tensor {
    const rows = stepInput(this.runtime, [this.#batch], 'u32', () => this.rows);
    const batch = gatherBatch(this.#train, rows);
    const loss = this.#loss(this.model.forward(batch.images), batch);
    backward(loss);
    return loss;
  }

  update(): void {
    this.optimizer.step();
    this.optimizer.zeroGrad();
  }

  /** A whole step, recorded the first time and replayed from then on: the loss. */
  replay(): Tensor {
    if (this.#recording) this.#recording.replay();
    else {
      this.#recording = this.runtime.record(() => {
        const loss = this.pass();
        this.update();
        return loss;
      });
    }
    return this.#recording.result;
  }

  /** The gradients between `pass` and `update`. */
  async gradients(): Promise<StateDict> {
    const found: StateDict = new Map();
    for (const [name, { grad, shape }] of this.model.namedParameters()) {
      if (grad) found.set(name, { dtype: 'F32', shape, data: (await grad.array()) as Float32Array });
    }
    return found;
  }

  dispose(): void {
    this.#recording?.dispose();
  }
}
