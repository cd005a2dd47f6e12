import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { phantomDataset } from '@glassbox/medmnist';
import { greyPng } from '../../src/figures/image.ts';

/** The programs under test. */
export const trainCli = join(import.meta.dirname, '../../src/cli/train.ts');
export const predictCli = join(import.meta.dirname, '../../src/cli/predict.ts');

/** Phantoms as PNG files: DIR/normal/0.png, DIR/pneumonia/1.png, … @returns their paths from the folder */
export function pngFolder(folder: string, count = 60, seed = 4): string[] {
  const counts = { train: count, val: 1, test: 1 };
  const { images, labels } = phantomDataset({ domain: 'pneumonia', counts, seed }).splits.train;
  return Array.from({ length: count }, (_, n) => {
    const name = `${labels[n] === 1 ? 'pneumonia' : 'normal'}/${String(n).padStart(3, '0')}.png`;
    put(join(folder, name), greyPng(images.subarray(n * 784, (n + 1) * 784), 28, 28));
    return name;
  });
}

/** Writes a file, and the folders above it. */
export function put(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
