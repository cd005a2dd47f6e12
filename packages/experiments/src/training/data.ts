import {
  concatBytes,
  findingCounts,
  type MedMnistDataset,
  phantomDataset,
  type Split,
  stratifiedRows,
  takeRows,
  toBinary,
  unlabelledCount,
} from '@glassbox/medmnist';
import { type Examples, examples } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import type { DataFile, LabelDistribution, Target } from '../report/results.ts';
import type { Protocol } from './recipe.ts';

/** One of the practical's two binary problems, on the device. */
export interface TargetData {
  readonly target: Target;
  readonly dataset: MedMnistDataset;
  readonly train: Examples;
  readonly val: Examples;
  readonly test: Examples;
  /** 0 healthy/normal, 1 diseased/pneumonia. */
  readonly labels: Readonly<Record<'train' | 'val' | 'test', Uint8Array>>;
  /** The test images' bytes, for figures. */
  readonly testImages: Uint8Array;
}

export interface PracticalData {
  readonly chest: TargetData;
  readonly pneumonia: TargetData;
  /** Training images and those without labels, for the autoencoder. */
  readonly unlabelled: Examples;
}

/** Sizes of the generated data sets: enough to learn from, small enough for any machine. */
const phantomCounts = {
  chest: { train: 4000, val: 400, test: 600 },
  pneumonia: { train: 2000, val: 300, test: 600 },
} as const;

/** Generated images in place of a data set: the same ones on every machine. */
export function phantoms(target: Target): MedMnistDataset {
  return phantomDataset({ domain: target, counts: phantomCounts[target], seed: 1 });
}

/** What keeps a data set from being used; undefined if nothing does. */
export function wrongImages({ source, imageSize, channels }: MedMnistDataset): string | undefined {
  if (imageSize === 28 && channels === 1) return undefined;
  return (
    `${source.file} holds ${imageSize}x${imageSize} images with ${channels} channels; the practical's net takes ` +
    '28x28 grey ones'
  );
}

/** Puts both sets on the device, labels made binary, and no more images than the protocol wants. */
export function prepareData(
  runtime: Runtime,
  sets: Readonly<Record<Target, MedMnistDataset>>,
  protocol: Protocol,
): PracticalData {
  const { chest, pneumonia } = sets;
  return {
    chest: prepareTarget(runtime, 'chest', chest, protocol.chestImages),
    pneumonia: prepareTarget(runtime, 'pneumonia', pneumonia, protocol.pneumoniaImages),
    unlabelled: prepareUnlabelled(runtime, chest, protocol.autoencoderImages),
  };
}

function prepareTarget(
  runtime: Runtime,
  target: Target,
  dataset: MedMnistDataset,
  most: number | undefined,
): TargetData {
  const { splits } = dataset;
  const train = limit(splits.train, most);
  const shape: [number, number, number] = [1, dataset.imageSize, dataset.imageSize];
  const binary = {
    train: binaryLabels(train),
    val: binaryLabels(splits.val),
    test: binaryLabels(splits.test),
  };
  const put = (split: Split, labels: Uint8Array) =>
    examples(runtime, { images: split.images, shape, labels });
  return {
    target,
    dataset,
    train: put(train, binary.train),
    val: put(splits.val, binary.val),
    test: put(splits.test, binary.test),
    labels: binary,
    testImages: splits.test.images,
  };
}

/** A stratified part, but with the few images first that some trainings have to make do with. */
function limit(split: Split, most: number | undefined): Split {
  if (most === undefined || split.count <= most) return split;
  const first = range(Math.min(fewImages, most));
  const others = stratifiedRows(split, most, 0).filter((row) => row >= first.length);
  return takeRows(split, [...first, ...others].slice(0, most));
}

function binaryLabels(split: Split): Uint8Array {
  return toBinary(split.labels, split.labelCount);
}

function prepareUnlabelled(runtime: Runtime, chest: MedMnistDataset, most: number | undefined): Examples {
  const { train } = chest.splits;
  const all = concatBytes(chest.unlabelled ? [train.images, chest.unlabelled] : [train.images]);
  const pixels = chest.imageSize ** 2;
  const images = most === undefined ? all : all.subarray(0, most * pixels);
  return examples(runtime, { images, shape: [1, chest.imageSize, chest.imageSize] });
}

/** The published sets that the two problems are named after. */
const publishedSets = { chest: 'ChestMNIST', pneumonia: 'PneumoniaMNIST' } as const;

/** What the report says of a data file: what it is, which only its MD5 tells, and what its layout is. */
export function describeFile(target: Target, dataset: MedMnistDataset): DataFile {
  const { source, splits, name } = dataset;
  const unlabelled = unlabelledCount(dataset);
  const set = publishedSets[target];
  // 14 findings, or one label that is 0 or 1.
  const fits = splits.train.labelCount === (target === 'chest' ? 14 : 1);
  return {
    target,
    // Where it lies is nobody's business; what generated images call themselves holds no slash.
    file: source.file.split(/[\\/]/).at(-1)!,
    md5: source.md5,
    kind: source.real ? 'real' : 'synthetic',
    ...(source.published
      ? { published: name === set.toLowerCase() ? set : name }
      : fits && source.real
        ? { format: set }
        : {}),
    images: {
      train: splits.train.count,
      val: splits.val.count,
      test: splits.test.count,
      ...(unlabelled > 0 ? { unlabelled } : {}),
    },
  };
}

/** How many labels the trainings use, in words: a quick budget takes part of a file, and a file may hold few. */
export interface LabelWords {
  /** Those of {@link fewImages}: `300 labels`. */
  readonly few: string;
  /** Those of the whole chest set: `all labels`, or `4,000 of 78,468 labels`. */
  readonly all: string;
}

/** How many labelled images the sheet calls few: the first ones of the training split. */
export const fewImages = 300;

export function labelWords({ train, dataset }: Pick<TargetData, 'train' | 'dataset'>): LabelWords {
  const [used, held] = [train.rows.length, dataset.splits.train.count];
  const written = (count: number) => count.toLocaleString('en');
  return {
    few: `${Math.min(fewImages, used)} labels`,
    all: used < held ? `${written(used)} of ${written(held)} labels` : 'all labels',
  };
}

/** Counts of labels in each split, and in the few first images. */
export function labelDistributions({ chest, pneumonia }: PracticalData): LabelDistribution[] {
  const rows: LabelDistribution[] = [];
  for (const { target, dataset } of [chest, pneumonia]) {
    const { splits, labelNames } = dataset;
    const parts: [string, Split][] = [...Object.entries(splits)];
    if (target === 'chest') {
      const few = Math.min(fewImages, splits.train.count);
      parts.splice(1, 0, [`train (first ${few})`, takeRows(splits.train, range(few))]);
    }
    for (const [split, part] of parts) {
      const positives = binaryLabels(part).reduce((sum, label) => sum + label, 0);
      const counts = part.labelCount > 1 ? findingCounts(part.labels, part.labelCount) : [];
      const findings = counts.map((count, index) => ({ name: labelNames[index], count }));
      rows.push({ target, split, n: part.count, positives, findings });
    }
  }
  return rows;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}

/** How many training images there are, after what a budget leaves out. */
export interface ImageCounts {
  readonly chest: number;
  readonly pneumonia: number;
  /** Those of the autoencoder. */
  readonly unlabelled: number;
}

/** The counts of data sets that are not on the device yet. */
export function countImages(
  sets: Readonly<Record<Target, MedMnistDataset>>,
  protocol: Protocol,
): ImageCounts {
  const { chest, pneumonia } = sets;
  const most = (count: number, limit = Number.POSITIVE_INFINITY) => Math.min(count, limit);
  const { count } = chest.splits.train;
  return {
    chest: most(count, protocol.chestImages),
    pneumonia: most(pneumonia.splits.train.count, protocol.pneumoniaImages),
    unlabelled: most(count + unlabelledCount(chest), protocol.autoencoderImages),
  };
}
