import { phantomSplit } from '@glassbox/medmnist';
import { type Examples, examples, RandomStream } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { imageSize, type Spec, testImages } from './spec.ts';

/** Other seeds of a training get the same images: what differs then is the training. */
const dataSeed = 1;
/** Streams of random numbers that no layer has: layers count from 0. */
const noiseStream = [1, 0x6e6f6973] as const;

export interface PlaygroundImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
}

/** The phantoms that everybody may see: 1 is pneumonia. A larger set begins with the images of a smaller one. */
export function phantoms(split: 'train' | 'test', count: number): PlaygroundImages {
  return phantomSplit('pneumonia', split, count, dataSeed, imageSize);
}

/** The labels with the spec's share of them turned over, each at most once. */
export function noisyLabels(labels: Uint8Array, noise: number): Uint8Array {
  const noisy = labels.slice();
  const order = new RandomStream(dataSeed, noiseStream).permutation(labels.length);
  for (const row of order.subarray(0, Math.round(noise * labels.length))) noisy[row] = 1 - noisy[row];
  return noisy;
}

/** What a training needs, on the device. */
export function playgroundExamples(
  runtime: Runtime,
  spec: Spec,
): { readonly train: Examples; readonly test: Examples; readonly testLabels: Uint8Array } {
  const shape = [1, imageSize, imageSize] as const;
  const train = phantoms('train', spec.labels);
  const test = phantoms('test', testImages);
  return {
    train: examples(runtime, {
      images: train.images,
      labels: noisyLabels(train.labels, spec.noise),
      shape,
    }),
    test: examples(runtime, { images: test.images, labels: test.labels, shape }),
    testLabels: test.labels,
  };
}
