import { MedMnistNet, type Module, PracticalNet, ResNet18 } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';

/** What a net is made for. */
export interface NetShape {
  /** Number of outputs. */
  readonly numClasses: number;
  /** Channels of the images: 1 for grey, 3 for red, green, blue. */
  readonly inChannels: 1 | 3;
  /** Height and width of the images in pixels. */
  readonly imageSize: number;
  /** Seed of the initial weights. */
  readonly seed?: number;
}

/** The classifiers that are known by a name, each with its smallest image. */
const nets = {
  practical: { smallest: 1, make: (runtime: Runtime, shape: NetShape) => new PracticalNet(runtime, shape) },
  medmnist: { smallest: 16, make: (runtime: Runtime, shape: NetShape) => new MedMnistNet(runtime, shape) },
  resnet18: { smallest: 8, make: (runtime: Runtime, shape: NetShape) => new ResNet18(runtime, shape) },
} as const;

/** Name of a classifier: `PracticalNet`, `MedMnistNet` or `ResNet18` of `@glassbox/nn`. */
export type NetName = keyof typeof nets;

/** Every name. */
export const netNames = Object.keys(nets) as readonly NetName[];

/** The smallest height and width of images that a net takes, in pixels. */
export function smallestImage(name: NetName): number {
  return nets[name].smallest;
}

/**
 * A net by its name, with fresh weights.
 * @throws RangeError if its images are too small.
 */
export function makeNet(runtime: Runtime, name: NetName, shape: NetShape): Module {
  const { smallest, make } = nets[name];
  if (shape.imageSize < smallest) {
    throw new RangeError(
      `makeNet: ${name} takes images of ${smallest} pixels or more, not of ${shape.imageSize}`,
    );
  }
  return make(runtime, shape);
}
