import type { Runtime } from '@glassbox/tensor-core';
import type { Module } from '../module/module.ts';
import { MedMnistNet } from './medmnist-net.ts';
import { PracticalNet } from './practical-net.ts';
import { ResNet18, ResNet50, type ResNetForm } from './resnet.ts';

/** What a net is made for. */
export interface NetShape {
  /** Number of outputs. */
  readonly numClasses: number;
  /** Channels of the images: 1 for grey, 3 for red, green, blue. */
  readonly inChannels: number;
  /** Height and width of the images in pixels. */
  readonly imageSize: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** A classifier of images that has a name. */
interface NamedNet {
  /** Height and width of the smallest images that it takes. */
  readonly smallest: number;
  /** Its last linear layer, as its state names it. */
  readonly head: string;
  readonly make: (runtime: Runtime, shape: NetShape) => Module;
}

const resNet = (Net: typeof ResNet18 | typeof ResNet50, form: ResNetForm, head = 'fc'): NamedNet => ({
  smallest: 8,
  head,
  make: (runtime, shape) => new Net(runtime, { ...shape, form }),
});

/** The classifiers that are known by a name. */
const nets = {
  practical: { smallest: 1, head: 'fc', make: (runtime, shape) => new PracticalNet(runtime, shape) },
  medmnist: { smallest: 16, head: 'fc3', make: (runtime, shape) => new MedMnistNet(runtime, shape) },
  resnet18: resNet(ResNet18, 'small'),
  'resnet18-medmnist': resNet(ResNet18, 'medmnist', 'linear'),
  'resnet18-torchvision': resNet(ResNet18, 'torchvision'),
  resnet50: resNet(ResNet50, 'small'),
  'resnet50-medmnist': resNet(ResNet50, 'medmnist', 'linear'),
  'resnet50-torchvision': resNet(ResNet50, 'torchvision'),
} as const satisfies Readonly<Record<string, NamedNet>>;

/** Name of a classifier of images. */
export type NetName = keyof typeof nets;

/** Every name. */
export const netNames = Object.keys(nets) as readonly NetName[];

/** The smallest height and width of images that a net takes, in pixels. */
export function smallestImage(name: NetName): number {
  return nets[name].smallest;
}

/** The name of a net's last linear layer, which has an output for each class: `fc`. */
export function headOf(name: NetName): string {
  return nets[name].head;
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
