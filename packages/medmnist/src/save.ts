import { splitNames } from './catalogue.ts';
import { imageBytes, type MedMnistDataset } from './dataset.ts';
import { syntheticMark } from './load.ts';
import type { NpyArray } from './npy.ts';
import { writeNpz } from './npz.ts';

/** The arrays of a data set under MedMNIST's names, ready to be written; generated sets carry their mark. */
export function datasetArrays(dataset: MedMnistDataset): Map<string, NpyArray> {
  const { imageSize: size, channels } = dataset;
  const shapeOf = (images: Uint8Array) => [
    images.length / imageBytes(dataset),
    size,
    size,
    ...(channels === 3 ? [3] : []),
  ];
  const arrays = new Map<string, NpyArray>();
  for (const split of splitNames) {
    const { images, labels, count, labelCount } = dataset.splits[split];
    arrays.set(`${split}_images`, { dtype: 'u8', shape: shapeOf(images), data: images });
    arrays.set(`${split}_labels`, { dtype: 'u8', shape: [count, labelCount], data: labels });
  }
  if (dataset.unlabelled) {
    arrays.set('unlabelled_images', {
      dtype: 'u8',
      shape: shapeOf(dataset.unlabelled),
      data: dataset.unlabelled,
    });
  }
  if (!dataset.source.real) arrays.set(syntheticMark, { dtype: 'u8', shape: [1], data: Uint8Array.of(1) });
  return arrays;
}

/** Writes a data set as an npz file that `loadDataset` reads back, and Python's numpy too. */
export async function saveDataset(path: string, dataset: MedMnistDataset): Promise<void> {
  await writeNpz(path, datasetArrays(dataset));
}
