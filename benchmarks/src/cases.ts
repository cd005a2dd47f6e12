import {
  AdamW,
  Autoencoder,
  crossEntropyLoss,
  type Loss,
  MedMnistNet,
  type Module,
  type Optimizer,
  PracticalNet,
  reconstructionLoss,
  SGD,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { ResNet18 } from './resnet18.ts';

/** A net and how it is trained: what step benchmarks measure. */
export interface BenchmarkCase {
  readonly name: string;
  /** Batch sizes measured unless others are asked for. */
  readonly batches: readonly number[];
  /** Instead of them for the host's cost: Dawn's null backend has 512 MiB of memory. The cost depends on no batch. */
  readonly hostBatches?: readonly number[];
  readonly model: (runtime: Runtime) => Module;
  readonly loss: Loss;
  // biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
  readonly optimizer: (model: Module) => Optimizer<any>;
}

const sgd = (model: Module) => new SGD(model.parameters(), { lr: 1e-3, momentum: 0.9 });

/** The three nets of the project, each as its own recipe trains it, and one of usual size. */
export const benchmarkCases: readonly BenchmarkCase[] = [
  {
    name: 'practical-net',
    batches: [64, 256],
    model: (runtime) => new PracticalNet(runtime),
    loss: crossEntropyLoss(),
    optimizer: sgd,
  },
  {
    name: 'autoencoder',
    batches: [256],
    model: (runtime) => new Autoencoder(runtime),
    loss: reconstructionLoss('mse'),
    optimizer: (model) => new AdamW(model.parameters(), { lr: 1.5e-3, weightDecay: 0.01 }),
  },
  {
    name: 'medmnist-net',
    batches: [128],
    model: (runtime) => new MedMnistNet(runtime),
    loss: crossEntropyLoss(),
    optimizer: sgd,
  },
  {
    name: 'resnet18',
    batches: [128],
    hostBatches: [16],
    model: (runtime) => new ResNet18(runtime),
    loss: crossEntropyLoss(),
    optimizer: sgd,
  },
];
