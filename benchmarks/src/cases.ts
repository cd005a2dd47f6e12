import {
  AdamW,
  Autoencoder,
  crossEntropyLoss,
  DenseNet121,
  type Loss,
  MedMnistNet,
  MobileNetV2,
  type Module,
  type Optimizer,
  PracticalNet,
  reconstructionLoss,
  SGD,
  UNet,
  VGG11,
  VisionTransformer,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { ResNet18 } from './resnet18.ts';

/** A net and how it is trained: what step benchmarks measure. */
export interface BenchmarkCase {
  readonly name: string;
  /** Height and width of its images in pixels. Default 28, MedMNIST's. */
  readonly side?: number;
  /** Measured only if it is asked for by its name: it takes long. */
  readonly onlyNamed?: boolean;
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

const large = { loss: crossEntropyLoss(), optimizer: sgd, hostBatches: [2], onlyNamed: true };
const shape = { numClasses: 2, inChannels: 1 };

/**
 * The three nets of the project, each as its own recipe trains it, and nets of usual sizes. Those draw no random
 * numbers, so that losses can be compared: nothing is dropped.
 */
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
  {
    ...large,
    name: 'densenet121',
    side: 32,
    batches: [128],
    model: (runtime) => new DenseNet121(runtime, shape),
  },
  {
    ...large,
    name: 'mobilenet_v2',
    batches: [128],
    model: (runtime) => new MobileNetV2(runtime, { ...shape, dropout: 0 }),
  },
  {
    ...large,
    name: 'vgg11_bn',
    side: 32,
    batches: [32],
    model: (runtime) => new VGG11(runtime, { ...shape, dropout: 0 }),
  },
  {
    ...large,
    name: 'vit',
    batches: [32],
    model: (runtime) => new VisionTransformer(runtime, { ...shape, imageSize: 28, patchSize: 4 }),
  },
  {
    ...large,
    name: 'unet',
    side: 32,
    batches: [32],
    model: (runtime) => new UNet(runtime, { numClasses: 1, inChannels: 1 }),
    loss: reconstructionLoss('mse'),
  },
];
