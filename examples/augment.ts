/** Pictures of augmentations, eight draws of one image each: node examples/augment.ts [folder] */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { montagePng, phantomDataset } from '@glassbox/medmnist';
import {
  ColorJitter,
  CutMix,
  GaussianNoise,
  Init,
  MixUp,
  RandomAffine,
  RandomCrop,
  RandomErasing,
  RandomGamma,
  RandomHorizontalFlip,
  RandomVerticalFlip,
  Sequential,
} from '@glassbox/nn';
import { openRuntime, type Tensor, tensor } from '@glassbox/tensor-core';

const folder = process.argv[2] ?? join(import.meta.dirname, '../docs/figures');
const [draws, size] = [8, 64];

// On this device the pictures are the same on every machine.
const runtime = await openRuntime({ device: 'wasm' });
const init = new Init(runtime, 2);
const smooth = { interpolation: 'bilinear' } as const;

const augmentations = {
  flip: new RandomHorizontalFlip(init),
  vflip: new RandomVerticalFlip(init),
  crop: new RandomCrop(init, { size, padding: 8 }),
  rotate: new RandomAffine(init, { degrees: 20, ...smooth }),
  shift: new RandomAffine(init, { degrees: 0, translate: [0.15, 0.15], ...smooth }),
  zoom: new RandomAffine(init, { degrees: 0, scale: [0.7, 1.3], ...smooth }),
  shear: new RandomAffine(init, { degrees: 0, shear: 20, ...smooth }),
  edge: new RandomAffine(init, { degrees: 20, translate: [0.15, 0.15], paddingMode: 'edge', ...smooth }),
  brightness: new ColorJitter(init, { brightness: 0.3 }),
  contrast: new ColorJitter(init, { contrast: 0.7 }),
  gamma: new RandomGamma(init, { gamma: [0.5, 2] }),
  noise: new GaussianNoise(init, { sigma: 0.05 }),
  erase: new RandomErasing(init, { p: 0.8 }),
  chain: new Sequential(
    new RandomAffine(init, { degrees: 10, translate: [0.05, 0.05], scale: [0.9, 1.1], ...smooth }),
    new ColorJitter(init, { brightness: 0.2, contrast: 0.2 }),
    new GaussianNoise(init, { sigma: 0.02 }),
  ),
};

// One phantom, eight times in a batch, from -1 (black) to 1 (white): each copy gets a draw of its own.
const { splits } = phantomDataset({
  domain: 'pneumonia',
  counts: { train: 1, val: 1, test: 1 },
  seed: 4,
  size,
});
const phantom = Float32Array.from(splits.train.images.subarray(0, size * size), (byte) => byte / 127.5 - 1);
const batch = tensor(runtime, Array.from({ length: draws }, () => [...phantom]).flat(), [
  draws,
  1,
  size,
  size,
]);

async function show(name: string, result: Tensor): Promise<void> {
  const values = await result.array();
  const images = Uint8Array.from(values, (value) => Math.round((value + 1) * 127.5));
  const picture = montagePng({ images, imageSize: size, channels: 1 }, { columns: draws, scale: 1, gap: 2 });
  writeFileSync(join(folder, `augment-${name}.png`), picture);
}

for (const [name, augmentation] of Object.entries(augmentations)) {
  await show(name, augmentation.forward(batch));
}

// What mixes images needs eight of them.
const eight = phantomDataset({
  domain: 'pneumonia',
  counts: { train: draws, val: 1, test: 1 },
  seed: 4,
  size,
}).splits.train.images;
const others = tensor(
  runtime,
  Float32Array.from(eight, (byte) => byte / 127.5 - 1),
  [draws, 1, size, size],
);
for (const [name, mix] of Object.entries({ mixup: new MixUp(init), cutmix: new CutMix(init) })) {
  await show(name, mix.mixed(others, null).images);
}
await runtime.destroy();
