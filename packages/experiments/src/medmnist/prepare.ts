/** A set on the device, as a protocol's nets see it. */
import type { MedMnistDataset, SplitName } from '@glassbox/medmnist';
import { splitNames } from '@glassbox/medmnist';
import {
  binaryCrossEntropyLoss,
  crossEntropyLoss,
  type Examples,
  examples,
  type Loss,
  type Transform,
} from '@glassbox/nn';
import { expand, interpolate, pad, type Runtime } from '@glassbox/tensor-core';
import type { NetInput } from './nets.ts';
import { largeSize, type Protocol } from './protocol.ts';

/** A set that is ready to be trained on. */
export interface PreparedSet {
  readonly dataset: MedMnistDataset;
  readonly splits: Readonly<Record<SplitName, Examples>>;
  /** What nets see; the same for all. */
  readonly input: NetInput;
  readonly loss: Loss;
  /** True if an image may have several labels. */
  readonly multiLabel: boolean;
  /** Enlarges or pads images on the device. */
  readonly transform?: Transform;
}

/** What nets see of a set. @param enlarged whether 28-pixel images are enlarged */
export function inputOf(
  { channels, imageSize, labelNames }: Pick<MedMnistDataset, 'channels' | 'imageSize' | 'labelNames'>,
  protocol: Pick<Protocol, 'name'>,
  enlarged: boolean,
): NetInput {
  const outputs = labelNames.length;
  if (protocol.name === 'plus')
    return { outputs, channels: 3, pixels: Math.max(imageSize, largeSize), large: true };
  return { outputs, channels, pixels: enlarged ? largeSize : imageSize, large: enlarged };
}

/** Puts a set on the device. */
export function prepareSet(
  runtime: Runtime,
  dataset: MedMnistDataset,
  protocol: Pick<Protocol, 'name'>,
  enlarged: boolean,
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
  const transform = transformOf(dataset, protocol, enlarged);
  return {
    dataset,
    splits: Object.fromEntries(splitNames.map((split) => [split, onDevice(split)])) as PreparedSet['splits'],
    input: inputOf(dataset, protocol, enlarged),
    loss: multiLabel ? binaryCrossEntropyLoss() : crossEntropyLoss(),
    multiLabel,
    ...(transform ? { transform } : {}),
  };
}

function transformOf(
  { imageSize, channels }: MedMnistDataset,
  { name }: Pick<Protocol, 'name'>,
  enlarged: boolean,
): Transform | undefined {
  if (name === 'official') return enlarged ? (images) => interpolate(images, { size: largeSize }) : undefined;
  const missing = Math.max(0, largeSize - imageSize);
  const before = Math.floor(missing / 2);
  const after = missing - before;
  return (images) => {
    const rgb = channels === 3 ? images : expand(images, [images.shape[0], 3, imageSize, imageSize]);
    // After normalisation, as the benchmark's script: 0 is the middle of grey.
    return missing === 0 ? rgb : pad(rgb, [before, after, before, after]);
  };
}
