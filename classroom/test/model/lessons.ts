/** Small lessons for tests: each net of the project, and one that has what they lack. */
import * as nn from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { type Lesson, type LessonOptions, openLesson } from '../../src/model/index.ts';

/** A net with max-pooling, dropout and global average pooling. */
function mixed(runtime: Runtime): nn.Module {
  const init = new nn.Init(runtime, 5);
  return new nn.Sequential(
    new nn.Conv2d(init, 1, 6, { kernelSize: 3, padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Dropout(init, 0.3),
    new nn.Conv2d(init, 6, 8, { kernelSize: 3, stride: 2 }),
    new nn.BatchNorm2d(init, 8),
    new nn.ReLU(),
    new nn.AvgPool2d([3, 3]),
    new nn.Flatten(),
    new nn.Linear(init, 8, 3),
  );
}

type Recipe = Pick<LessonOptions, 'net' | 'optimizer' | 'loss'> & {
  readonly side: number;
  readonly batch: number;
  readonly classes: number;
};

const sgd = (net: nn.Module) => new nn.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 1e-3 });

export const recipes: Readonly<Record<string, Recipe>> = {
  PracticalNet: {
    net: (runtime) => new nn.PracticalNet(runtime, { widths: [4, 8, 8], imageSize: 14, seed: 3 }),
    optimizer: sgd,
    loss: nn.crossEntropyLoss(),
    side: 14,
    batch: 6,
    classes: 2,
  },
  // Its convolutions with 16 channels take Winograd's form.
  MedMnistNet: {
    net: (runtime) =>
      new nn.MedMnistNet(runtime, { widths: [16, 16, 4, 4, 4], hidden: [8, 8], imageSize: 20 }),
    optimizer: (net) => new nn.Adam(net.parameters(), { lr: 1e-3 }),
    loss: nn.crossEntropyLoss(),
    side: 20,
    batch: 4,
    classes: 2,
  },
  Autoencoder: {
    net: (runtime) => new nn.Autoencoder(runtime, { widths: [4, 8], imageSize: 12, seed: 1 }),
    optimizer: (net) => new nn.AdamW(net.parameters(), { lr: 1e-3, weightDecay: 0.01 }),
    loss: nn.reconstructionLoss(),
    side: 12,
    batch: 5,
    classes: 2,
  },
  mixed: { net: mixed, optimizer: sgd, loss: nn.crossEntropyLoss(), side: 14, batch: 6, classes: 3 },
};

/** Random images and labels, the same each time. */
export function batchOf({ side, batch, classes }: Pick<Recipe, 'side' | 'batch' | 'classes'>) {
  const random = new nn.RandomStream(7, 1);
  const images = Uint8Array.from(random.permutation(side * side * batch), (value) => value % 251);
  const labels = Uint8Array.from(random.permutation(batch), (value) => value % classes);
  return { images, labels, shape: [1, side, side] as const };
}

export function lessonOf(name: string, threads: number): Promise<Lesson> {
  const { net, optimizer, loss, ...size } = recipes[name];
  return openLesson({ threads, net, optimizer, loss, ...batchOf(size) });
}

/** All four parts of a step. */
export async function wholeStep(lesson: Lesson): Promise<void> {
  await lesson.forward();
  await lesson.loss();
  await lesson.backward();
  await lesson.update();
}
