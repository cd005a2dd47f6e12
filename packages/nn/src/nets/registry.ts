import type { Runtime } from '@glassbox/tensor-core/functions';
import type { Module } from '../module/module.ts';
import { DenseNet121 } from './densenet.ts';
import { MedMnistNet } from './medmnist-net.ts';
import { MobileNetV2 } from './mobilenet-v2.ts';
import { PracticalNet } from './practical-net.ts';
import { ResNet18, ResNet50, type ResNetForm } from './resnet.ts';
import { VGG11, VGG16 } from './vgg.ts';
import { VisionTransformer } from './vision-transformer.ts';

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
  /** How many numbers its weights are at least: for one class, and images of one channel. */
  readonly least: number;
  readonly make: (runtime: Runtime, shape: NetShape) => Module;
}

const resNet = (Net: typeof ResNet18 | typeof ResNet50, form: ResNetForm, head = 'fc'): NamedNet => ({
  smallest: 8,
  head,
  least: Net === ResNet18 ? 11_160_000 : 23_490_000,
  make: (runtime, shape) => new Net(runtime, { ...shape, form }),
});

const vgg = (Net: typeof VGG11 | typeof VGG16): NamedNet => ({
  smallest: 32,
  head: 'classifier.6',
  least: Net === VGG11 ? 128_770_000 : 134_260_000,
  make: (runtime, shape) => new Net(runtime, shape),
});

/** The classifiers that are known by a name. */
const nets = {
  practical: {
    smallest: 1,
    head: 'fc',
    least: 97_000,
    make: (runtime, shape) => new PracticalNet(runtime, shape),
  },
  medmnist: {
    smallest: 16,
    head: 'fc3',
    least: 85_000,
    make: (runtime, shape) => new MedMnistNet(runtime, shape),
  },
  resnet18: resNet(ResNet18, 'small'),
  'resnet18-medmnist': resNet(ResNet18, 'medmnist', 'linear'),
  'resnet18-torchvision': resNet(ResNet18, 'torchvision'),
  resnet50: resNet(ResNet50, 'small'),
  'resnet50-medmnist': resNet(ResNet50, 'medmnist', 'linear'),
  'resnet50-torchvision': resNet(ResNet50, 'torchvision'),
  vgg11_bn: vgg(VGG11),
  vgg16_bn: vgg(VGG16),
  densenet121: {
    smallest: 29,
    head: 'classifier',
    least: 6_940_000,
    make: (runtime, shape) => new DenseNet121(runtime, shape),
  },
  mobilenet_v2: {
    smallest: 1,
    head: 'classifier.1',
    least: 2_220_000,
    make: (runtime, shape) => new MobileNetV2(runtime, shape),
  },
  vit: {
    smallest: 4,
    head: 'heads.head',
    least: 5_330_000,
    make: (runtime, shape) =>
      new VisionTransformer(runtime, { ...shape, patchSize: shape.imageSize <= 64 ? 4 : 16 }),
  },
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

/** How many numbers a net's weights are at least, whatever it is made for: a file with fewer holds another net. */
export function leastParameters(name: NetName): number {
  return nets[name].least;
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
