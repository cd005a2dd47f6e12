import { readFileSync } from 'node:fs';
import { imageTensor, noGrad, openRuntime, type Runtime, type Tensor } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Conv2d,
  DenseNet121,
  Dropout,
  Init,
  Linear,
  MobileNetV2,
  type Module,
  ResNet18,
  ResNet50,
  summary,
  UNet,
  VGG11,
  VisionTransformer,
} from '../../src/index.ts';
import { recorded, twins } from './twins.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
});
afterAll(() => runtime.destroy());

const zerosOf = (...shape: number[]) =>
  imageTensor(runtime, new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
const small = { imageSize: 8, patchSize: 4, numLayers: 1, numHeads: 2, hiddenDim: 8, mlpDim: 8 };

/** A net that is made at its first use: to draw its millions of numbers takes longer than most of these tests. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
const resnet18 = once(() => new ResNet18(runtime, { form: 'torchvision' }));
const densenet = once(() => new DenseNet121(runtime));
const mobilenet = once(() => new MobileNetV2(runtime));
const vgg11 = once(() => new VGG11(runtime, { hidden: 16 }));

describe('without options', () => {
  const whole: Readonly<Record<string, () => Module>> = {
    'resnet18-torchvision': resnet18,
    'resnet50-torchvision': () => new ResNet50(runtime, { form: 'torchvision' }),
    densenet121: densenet,
    'mobilenet-v2': mobilenet,
    vit: () => new VisionTransformer(runtime),
    unet: () => new UNet(runtime),
    'unet-bilinear': () => new UNet(runtime, { bilinear: true }),
  };

  it.each(Object.entries(whole))('%s learns as many numbers as PyTorch’s', (name, make) => {
    expect(make().parameterCount()).toBe(recorded(name).parameters);
  });

  it.each([
    ['vgg11', vgg11],
    ['vgg16', () => twins.vgg16(runtime)],
  ])('%s learns as many numbers as PyTorch’s', (name, make) => {
    // Its own 100 million numbers of the linear layers are only counted here: 25088 to 4096 to 4096 to 1000.
    const features = [...make().namedParameters()].filter(([key]) => key.startsWith('features'));
    const sum = features.reduce((total, [, { size }]) => total + size, 0);
    const linear = 25088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000;
    expect(sum + linear).toBe(recorded(name).parameters);
  });

  it('docs/nets.md says how many', () => {
    const page = readFileSync(new URL('../../../../docs/nets.md', import.meta.url), 'utf8');
    for (const name of [...Object.keys(whole), 'vgg11', 'vgg16']) {
      expect(page).toContain(`| ${recorded(name).parameters.toLocaleString('en')} |`);
    }
  });
});

describe('initial weights', () => {
  const values = async (tensor: Tensor | null) => [...(await tensor!.array())];
  const deviation = (numbers: readonly number[]) =>
    Math.sqrt(numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length);
  const layersOf = (net: Module, kind: typeof Conv2d | typeof Linear) =>
    net.modules().filter((layer) => layer instanceof kind) as (Conv2d | Linear)[];

  it('of convolutions are normal with torchvision’s spread', async () => {
    const fanOut = (shape: readonly number[]) => shape[0] * shape[2] * shape[3];
    const fanIn = (shape: readonly number[]) => shape[1] * shape[2] * shape[3];
    for (const [net, fan] of [
      [resnet18(), fanOut],
      [mobilenet(), fanOut],
      [densenet(), fanIn],
    ] as const) {
      for (const { weight } of layersOf(net, Conv2d).slice(0, 4)) {
        const numbers = await values(weight);
        const spread = deviation(numbers);
        const relative = spread / Math.sqrt(2 / fan(weight.shape));
        expect(Math.abs(relative - 1), String(weight.shape)).toBeLessThan(4 / Math.sqrt(2 * numbers.length));
        // Of uniform numbers with this deviation none is beyond √3 of it; of normal ones 8.3 %.
        const far = numbers.filter((value) => Math.abs(value) > Math.sqrt(3) * spread);
        expect(far.length / numbers.length).toBeCloseTo(0.083, 1);
        expect(far.length).toBeGreaterThan(0);
      }
    }
  });

  it('of linear layers are torchvision’s', async () => {
    for (const { weight, bias } of layersOf(vgg11(), Linear)) {
      const numbers = await values(weight);
      expect(Math.abs(deviation(numbers) / 0.01 - 1)).toBeLessThan(4 / Math.sqrt(2 * numbers.length));
      expect(new Set(await values(bias))).toEqual(new Set([0]));
    }
    const vit = new VisionTransformer(runtime, small);
    const state = await vit.stateDict();
    expect(deviation([...(state.get('encoder.pos_embedding')!.data as Float32Array)])).toBeCloseTo(0.02, 2);
    for (const name of ['class_token', 'conv_proj.bias', 'heads.head.weight', 'heads.head.bias']) {
      expect(new Set(state.get(name)!.data as Float32Array), name).toEqual(new Set([0]));
    }
    const inProjection = state.get('encoder.layers.encoder_layer_0.self_attention.in_proj_weight')!;
    expect(Math.max(...(inProjection.data as Float32Array))).toBeLessThanOrEqual(Math.sqrt(6 / (4 * 8)));
  });

  it('are cut at a limit', () => {
    const numbers = new Init(runtime, 3).normal(4001, 1, 1.5);
    expect(numbers).toHaveLength(4001);
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual(1.5);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(new Init(runtime, 3).normal(4001, 1, 1.5)).toEqual(numbers);
  });
});

describe('nets', () => {
  it('take images of other sizes', () => {
    const net = new ResNet18(runtime, { imageSize: 17, numClasses: 3 });
    expect(net.forward(zerosOf(1, 1, 17, 17)).shape).toEqual([1, 3]);
    expect(net.embed(zerosOf(1, 1, 9, 20)).shape).toEqual([1, 512]);
    const unet = new UNet(runtime, { widths: [2, 4, 8], inChannels: 1 });
    expect(unet.forward(zerosOf(1, 1, 11, 6)).shape).toEqual([1, 2, 11, 6]);
  });

  it('are summarised', () => {
    for (const [name, net] of [
      ['resnet18-medmnist', twins['resnet18-medmnist'](runtime)],
      ['mobilenet-v2', mobilenet()],
      ['densenet121', densenet()],
      ['vit', twins.vit(runtime)],
      ['unet', twins.unet(runtime)],
    ] as const) {
      const { imageSize } = recorded(name);
      const { total, rows } = summary(net, [1, 3, imageSize, imageSize]);
      expect(total.parameters).toBe(net.parameterCount());
      expect(
        rows.every(({ output }) => output !== null),
        name,
      ).toBe(true);
    }
  });

  it('take the names of torchvision’s published files', async () => {
    const dense = densenet();
    const old = new Map(
      [...(await dense.stateDict())].map(([name, value]) => [
        name.replace(/(denselayer\d+\.(?:norm|conv))([12])\./, '$1.$2.'),
        value,
      ]),
    );
    expect(old.has('features.denseblock1.denselayer1.norm.1.weight')).toBe(true);
    expect(dense.loadStateDict(old).matched).toHaveLength(old.size);
    const vit = new VisionTransformer(runtime, small);
    const older = new Map(
      [...(await vit.stateDict())].map(([name, value]) => [
        name.replace('.mlp.0.', '.mlp.linear_1.').replace('.mlp.3.', '.mlp.linear_2.'),
        value,
      ]),
    );
    expect(vit.loadStateDict(older).matched).toHaveLength(older.size);
    expect(() => vit.loadStateDict(new Map([['a', older.get('class_token')!]]))).toThrow('unexpected: a');
    expect(() => vit.loadStateDict({} as never)).toThrow('must be a Map');
  });

  it('drop values in training mode only', () => {
    const x = imageTensor(
      runtime,
      Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
      [1, 3, 32, 32],
    );
    const net = new VisionTransformer(runtime, { ...small, imageSize: 32, dropout: 0.5 });
    const kinds = (of: Module) => of.modules().filter((layer) => layer instanceof Dropout).length;
    expect([kinds(net), kinds(mobilenet()), kinds(vgg11())]).toEqual([4, 1, 2]);
    const bits = async () => [...(await noGrad(() => net.embed(x)).array())].join();
    return expect(Promise.all([bits(), bits()]).then(([a, b]) => a !== b)).resolves.toBe(true);
  });

  it.each([
    ['an unknown option', () => new ResNet18(runtime, { widths: [1] } as object), "no option 'widths'"],
    ['an unknown form', () => new ResNet50(runtime, { form: 'cifar' } as never), 'small'],
    ['no classes', () => new VGG11(runtime, { numClasses: 0 }), 'numClasses'],
    ['a share above 1', () => new MobileNetV2(runtime, { dropout: 2 }), 'dropout'],
    [
      'patches that do not fit',
      () => new VisionTransformer(runtime, { imageSize: 30 }),
      'multiple of patchSize',
    ],
    ['heads that do not fit', () => new VisionTransformer(runtime, { numHeads: 5 }), 'must divide hiddenDim'],
    ['widths that do not double', () => new UNet(runtime, { widths: [4, 8, 12] }), 'twice the one before'],
    ['one level', () => new UNet(runtime, { widths: [4] }), 'two or more numbers'],
    [
      'images of another size',
      () => new VisionTransformer(runtime, small).forward(zerosOf(1, 3, 12, 12)),
      'expected images [N,3,8,8] but got [1,3,12,12]',
    ],
    ['images of other channels', () => densenet().forward(zerosOf(1, 1, 32, 32)), 'expected input [N,3,H,W]'],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
