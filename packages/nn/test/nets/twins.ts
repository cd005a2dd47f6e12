import { readFileSync } from 'node:fs';
import { crossEntropy, imageTensor, type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import {
  DenseNet121,
  type HostTensor,
  MobileNetV2,
  type Module,
  ResNet18,
  ResNet50,
  type StateDict,
  UNet,
  VGG11,
  VGG16,
  VisionTransformer,
} from '../../src/index.ts';

/** Images of a step, and outputs of a net. */
export const batch = 4;
export const classes = 5;

const shape = { inChannels: 3, numClasses: classes };
const small = { imageSize: 12, patchSize: 4, numLayers: 2, numHeads: 2, hiddenDim: 16, mlpDim: 24 };
const narrow = { hidden: 32, dropout: 0 };
const widths = [8, 16, 32, 64, 128];

/** The nets of fixtures/nets/twins.py, under the same names. */
export const twins: Readonly<Record<string, (runtime: Runtime) => Module>> = {
  'resnet18-small': (runtime) => new ResNet18(runtime, shape),
  'resnet18-medmnist': (runtime) => new ResNet18(runtime, { ...shape, form: 'medmnist' }),
  'resnet18-torchvision': (runtime) => new ResNet18(runtime, { ...shape, form: 'torchvision' }),
  'resnet50-medmnist': (runtime) => new ResNet50(runtime, { ...shape, form: 'medmnist' }),
  'resnet50-torchvision': (runtime) => new ResNet50(runtime, { ...shape, form: 'torchvision' }),
  vgg11: (runtime) => new VGG11(runtime, { ...shape, ...narrow }),
  vgg16: (runtime) => new VGG16(runtime, { ...shape, ...narrow }),
  densenet121: (runtime) => new DenseNet121(runtime, shape),
  'mobilenet-v2': (runtime) => new MobileNetV2(runtime, { ...shape, dropout: 0 }),
  vit: (runtime) => new VisionTransformer(runtime, { ...shape, ...small }),
  unet: (runtime) => new UNet(runtime, { ...shape, widths }),
  'unet-bilinear': (runtime) => new UNet(runtime, { ...shape, widths, bilinear: true }),
};

/** What PyTorch computed in float64 in a pass. */
export interface RecordedPass {
  readonly seed: number;
  /** How far PyTorch's own float32 is from it: logits and gradients, relative to the largest. */
  readonly float32: readonly [logits: number, gradients: number];
  /** The first 200. */
  readonly logits: readonly number[];
  readonly loss: number;
  /** Of each gradient: its largest value, a sum with signs, and three elements. */
  readonly gradients: readonly (readonly number[])[];
  /** The sum of each running statistic after the pass. */
  readonly running: readonly number[];
}

/** What fixtures/nets/record.py wrote of a net. */
export interface Recorded {
  readonly imageSize: number;
  /** SHA-256 of the lines `name shape` of its state. */
  readonly names: string;
  /** Of the whole net, where the twin is a narrow one. */
  readonly parameters: number;
  readonly evaluation: RecordedPass;
  readonly training: RecordedPass;
}

/** Reads a recording. */
export const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(new URL(`../fixtures/nets/${name}.json`, import.meta.url), 'utf8'));

/** As many numbers in [-1, 1) with 24 bits, as twins.py draws them: MurmurHash3's finaliser of counter and stream. */
export function numbers(count: number, stream: number): Float32Array {
  const values = new Float32Array(count);
  const start = Math.imul(stream, 0x9e3779b9);
  for (let i = 0; i < count; i++) {
    let h = (i + start) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (h >>> 8) * 2 ** -23 - 1;
  }
  return values;
}

/** A few values are moved, so that float32 does not decide otherwise than float64: twins.py says why. */
function settled(name: string, value: number): number {
  if (name.endsWith('bn3.weight')) return value / 4;
  // Here a value drawn lies within 1/8 of 0.
  return /norm[12]\.bias$/.test(name) ? (value < 0 ? -2.5 : 2.5) + 8 * value : value;
}

/** Around which number the values of a state lie, and how far from it at most. */
function spread(name: string, shape: readonly number[]): [start: number, bound: number] {
  const fan = shape.slice(1).reduce((product, size) => product * size, 1);
  if (shape.length > 1) return [0, Math.fround((6 / fan) ** 0.5)];
  return /(running_var|weight)$/.test(name) ? [1, 0.25] : [0, 0.125];
}

/** A state of a net's names and shapes, with the numbers that twins.py fills its twin with. */
export function filled(state: StateDict, seed: number): StateDict {
  const drawn = [...state].map(([name, value], index): [string, HostTensor] => {
    if (name.endsWith('num_batches_tracked')) return [name, value];
    const { shape } = value;
    const data = numbers(value.data.length, seed * 4096 + index + 1);
    const [start, bound] = spread(name, shape);
    for (let i = 0; i < data.length; i++) data[i] = start + data[i] * bound;
    for (let i = 0; i < data.length; i++) data[i] = settled(name, data[i]);
    return [name, { dtype: 'F32', shape, data }];
  });
  return new Map(drawn);
}

/** The images of a recording. */
export function imagesOf(runtime: Runtime, imageSize: number, seed: number): Tensor {
  const values = numbers(batch * 3 * imageSize ** 2, seed * 4096 + 4095);
  return imageTensor(runtime, values, [batch, 3, imageSize, imageSize]);
}

/** Cross-entropy; of a segmentation that of each pixel. Labels count on. */
export function lossOf(logits: Tensor): Tensor {
  const places = [batch, ...logits.shape.slice(2)];
  const labels = Uint32Array.from({ length: logits.size / classes }, (_, i) => i % classes);
  return crossEntropy(logits, tensor(logits.runtime, labels, places, { dtype: 'u32' }));
}
