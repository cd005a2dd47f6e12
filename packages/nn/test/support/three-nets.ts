/**
 * The three nets with loss and optimiser, on drawn images: what tests train that are about training, not about nets.
 */
import { backward, type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core';
import {
  AdamW,
  Autoencoder,
  crossEntropyLoss,
  type Examples,
  gatherBatch,
  type Loss,
  MedMnistNet,
  type Module,
  PracticalNet,
  reconstructionLoss,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from './data.ts';

/** `real`: as the practical has it, 28x28 images. `narrow`: as many layers, a few channels, smaller images. */
export type Size = 'real' | 'narrow';

interface Recipe {
  readonly make: (runtime: Runtime, size: Size) => Module;
  readonly loss: Loss;
  readonly optimizer: (net: Module) => SGD | AdamW;
}

const sgd = (net: Module) => new SGD(net.parameters(), { lr: 0.01, momentum: 0.9, nesterov: true });
const adamW = (net: Module) => new AdamW(net.parameters(), { lr: 1e-3 });

const recipes: Record<string, Recipe> = {
  PracticalNet: {
    make: (runtime, size) =>
      new PracticalNet(
        runtime,
        size === 'real' ? { seed: 1 } : { seed: 1, widths: [2, 3, 4, 5], imageSize: 16 },
      ),
    loss: crossEntropyLoss({ labelSmoothing: 0.05 }),
    optimizer: sgd,
  },
  MedMnistNet: {
    make: (runtime, size) =>
      new MedMnistNet(
        runtime,
        size === 'real' ? { seed: 1 } : { seed: 1, widths: [2, 3, 3, 4, 4], hidden: [6, 5], imageSize: 16 },
      ),
    loss: crossEntropyLoss({ labelSmoothing: 0.05 }),
    optimizer: adamW,
  },
  Autoencoder: {
    make: (runtime, size) =>
      new Autoencoder(
        runtime,
        size === 'real' ? { seed: 1 } : { seed: 1, widths: [2, 3, 4, 5], imageSize: 16 },
      ),
    loss: reconstructionLoss('mse'),
    optimizer: adamW,
  },
};

export const netNames = Object.keys(recipes);

/** A training whose caller decides how its steps are run: eagerly, within `step()`, or recorded. */
export class NetTraining {
  readonly net: Module;
  readonly optimizer: SGD | AdamW;
  readonly data: Examples;
  readonly loss: Loss;
  readonly #runtime: Runtime;
  readonly #batch: number;
  /** Steps done. */
  steps = 0;

  constructor(
    runtime: Runtime,
    name: string,
    { size, batch }: { readonly size: Size; readonly batch: number },
  ) {
    const recipe = recipes[name];
    this.#runtime = runtime;
    this.#batch = batch;
    this.loss = recipe.loss;
    this.data = brightHalves(runtime, 8 * batch, size === 'real' ? 28 : 16, 7);
    this.net = recipe.make(runtime, size);
    this.optimizer = recipe.optimizer(this.net);
    this.net.train();
  }

  /** Forward, backward and update: the body of a step. @returns the loss. */
  train(): Tensor {
    const rows = stepInput(this.#runtime, [this.#batch], 'u32', () =>
      Array.from({ length: this.#batch }, (_, i) => (this.steps * 3 + i * 5) % this.data.rows.length),
    );
    const batch = gatherBatch(this.data, rows);
    const loss = this.loss(this.net.forward(batch.images), batch);
    backward(loss);
    this.optimizer.step();
    this.optimizer.zeroGrad();
    this.#runtime.eachStep(() => {
      this.steps++;
    });
    return loss;
  }

  /** Every parameter and statistic, in PyTorch's order, one after another. */
  async weights(): Promise<Float32Array> {
    const state = await this.net.stateDict();
    return Float32Array.from(
      [...state.values()].flatMap(({ data }) => Array.from(data as ArrayLike<number>, Number)),
    );
  }
}
