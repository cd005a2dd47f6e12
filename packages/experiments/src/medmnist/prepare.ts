/** A set on the device, as a protocol's nets see it. */
import type { OpenDataset, SplitName } from '@glassbox/medmnist';
import { splitNames } from '@glassbox/medmnist';
import {
  binaryCrossEntropyLoss,
  crossEntropyLoss,
  type Examples,
  examples,
  type Loss,
  type Transform,
} from '@glassbox/nn';
import { add, expand, interpolate, mul, pad, type Runtime, tensor } from '@glassbox/tensor-core';
import type { NetInput } from './nets.ts';
import { largeSize, type Protocol } from './protocol.ts';

/** A set in memory, or on the disk. */
export type BenchmarkSet = Omit<OpenDataset, 'streamed' | 'close' | typeof Symbol.asyncDispose>;

/** A set that is ready to be trained on. */
export interface PreparedSet {
  readonly dataset: BenchmarkSet;
  readonly splits: Readonly<Record<SplitName, Examples>>;
  /** What nets see; the same for all. */
  readonly input: NetInput;
  readonly loss: Loss;
  /** True if an image may have several labels. */
  readonly multiLabel: boolean;
  /** Enlarges or pads images on the device. */
  readonly transform?: Transform;
}

/** What nets see of a set. @param enlarged height and width that its images are enlarged to */
export function inputOf(
  { channels, imageSize, labelNames }: Pick<BenchmarkSet, 'channels' | 'imageSize' | 'labelNames'>,
  protocol: Pick<Protocol, 'name'>,
  enlarged: number | undefined,
): NetInput {
  const outputs = labelNames.length;
  if (protocol.name === 'plus')
    return { outputs, channels: 3, pixels: Math.max(imageSize, largeSize), large: true };
  return { outputs, channels, pixels: enlarged ?? imageSize, large: enlarged === largeSize };
}

/** Puts a set on the device, or has its batches brought there. */
export function prepareSet(
  runtime: Runtime,
  dataset: BenchmarkSet,
  protocol: Pick<Protocol, 'name'>,
  enlarged: number | undefined,
): PreparedSet {
  const { imageSize, channels, task } = dataset;
  const multiLabel = task === 'multi-label, binary-class';
  const onDevice = (split: SplitName) => {
    const { images, labels, labelCount } = dataset.splits[split];
    return examples(runtime, {
      images,
      labels,
      shape: [channels, imageSize, imageSize],
      labelColumns: labelCount,
      labelType: multiLabel ? 'f32' : 'u32',
    });
  };
  const transform = transformOf(runtime, dataset, protocol, enlarged);
  return {
    dataset,
    splits: Object.fromEntries(splitNames.map((split) => [split, onDevice(split)])) as PreparedSet['splits'],
    input: inputOf(dataset, protocol, enlarged),
    loss: multiLabel ? binaryCrossEntropyLoss() : crossEntropyLoss(),
    multiLabel,
    ...(transform ? { transform } : {}),
  };
}

/** Means and deviations of red, green and blue in ImageNet, with which the plus protocol normalises. */
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

function transformOf(
  runtime: Runtime,
  { imageSize, channels }: BenchmarkSet,
  { name }: Pick<Protocol, 'name'>,
  enlarged: number | undefined,
): Transform | undefined {
  if (name === 'official') return enlarged ? (images) => interpolate(images, { size: enlarged }) : undefined;
  const missing = Math.max(0, largeSize - imageSize);
  const before = Math.floor(missing / 2);
  const after = missing - before;
  // Images come as (x - 0.5) / 0.5; factor and shift make (x - mean) / std of it.
  const { mean, std } = imageNet;
  const perChannel = (values: readonly number[]) => tensor(runtime, Float32Array.from(values), [1, 3, 1, 1]);
  const factor = perChannel(std.map((deviation) => 0.5 / deviation));
  const shift = perChannel(mean.map((middle, c) => (0.5 - middle) / std[c]));
  return (images) => {
    const rgb = channels === 3 ? images : expand(images, [images.shape[0], 3, imageSize, imageSize]);
    const normalised = add(mul(rgb, factor), shift);
    // After normalisation, as the benchmark's script: 0 is the mean.
    return missing === 0 ? normalised : pad(normalised, [before, after, before, after]);
  };
}
